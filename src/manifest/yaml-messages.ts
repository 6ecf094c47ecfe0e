/** What people read for an error of the YAML parser; its own words where ours would not be better. */
export function yamlMessage(code: string, message: string): string {
  const words = wordsOf[code]
  if (words !== undefined) return words
  const own = message.split('\n')[0] ?? message
  return `not valid YAML: ${own.charAt(0).toLowerCase()}${own.slice(1).replace(/\.$/, '')}`
}

const wordsOf: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab can't indent YAML; use blanks",
  BAD_INDENT: 'indented less or more than its neighbours; align it with the other lines of its block',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a ":" missing, or a quote open?',
  MISSING_CHAR: 'something is not closed here: a quote, a bracket or a brace',
  TAG_RESOLVE_FAILED: 'tags such as !name are not supported; remove the tag',
  BAD_ALIAS: 'not an alias: put a text that begins with * in quotes',
}
