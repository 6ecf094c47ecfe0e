/** JSON for people and machines: indented, and with every character that a terminal might obey escaped. */
export const jsonText = (value: unknown): string => escapeControls(JSON.stringify(value, null, 2))

/** The same on one line, for streams of objects. */
export const jsonLine = (value: unknown): string => escapeControls(JSON.stringify(value))

/** Line ends of the indentation stay; JSON.stringify has escaped those inside strings already. */
const escapeControls = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character =>
    character === '\n'
      ? character
      : [...unitsOf(character)].map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join(''),
  )

function* unitsOf(character: string): Generator<number> {
  for (let i = 0; i < character.length; i++) yield character.charCodeAt(i)
}
