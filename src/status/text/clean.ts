const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Text that others wrote (names, messages, paths), made safe for a terminal: control, formatting and line-separating
 * characters become visible escapes, so no name can move the cursor, hide text or make a line of its own.
 */
export const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return named[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
}
