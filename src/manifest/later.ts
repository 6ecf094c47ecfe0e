/**
 * Fields of the manifest language that this version does not honour: dotted path with `*` for a list index or a free
 * key → what to do instead (may be empty). They are refused, never ignored.
 */
const laterFields: Readonly<Record<string, string>> = {
  'spec.security.seccomp': '',
  'spec.namespaces.user': '',
  'spec.options': '',
  'metadata.project': 'volumes and networks belong to no project',
  'metadata.labels': 'write them in spec.labels',
}

/** The message for a field that a later version will have, or null when nobody knows the field. */
export function laterField(path: readonly string[]): string | null {
  const dotted = path.map(word => (/^\d+$/.test(word) ? '*' : word)).join('.')
  const instead = laterFields[dotted]
  if (instead === undefined || !Object.hasOwn(laterFields, dotted)) return null
  const field = `field "${path.at(-1)}" in ${path.slice(0, -1).join('.')} is not supported by this version`
  return instead === '' ? `${field}; remove it` : `${field}; ${instead}`
}
