/** What people read for an error of the YAML parser; its own words where ours would not be better. */
export function yamlMessage(code: string, message: string): string {
  if (code === 'BAD_INDENT' && message.startsWith('Flow'))
    return 'a "[" or "{" is not closed, or its lines are not indented'
  const words = wordsOf[code]
  if (words !== undefined) return words
  const own = message.split('\n')[0] ?? message
  return `not valid YAML: ${own.charAt(0).toLowerCase()}${own.slice(1).replace(/\.$/, '')}`
}

const wordsOf: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab can't indent YAML; use blanks",
  BAD_INDENT: 'indented less or more than its neighbours; align it with the other lines of its block',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a ":" missing, or a quote open?',
  MISSING_CHAR: 'something is missing here: a closing quote, bracket or brace, a comma, or a blank',
  TAG_RESOLVE_FAILED: 'tags such as !name are not supported; remove the tag',
  BAD_ALIAS: 'not an alias; put a text that begins with * in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ":" belongs to one value; put a text with ": " in quotes, or align the lines',
  BAD_SCALAR_START: "a text can't begin with this character; put it in quotes",
  BAD_DQ_ESCAPE: 'not an escape of double quotes; write \\\\ for a backslash, or use single quotes',
  BAD_DIRECTIVE: 'not a YAML directive; remove the line that begins with %',
}
