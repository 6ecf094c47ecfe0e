import { quote } from './text.ts'

/** Why a volume can't have this name, or null. Docker's rule, and 64 hex digits are kept for anonymous volumes. */
export function volumeNameFault(name: string): string | null {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(name)) {
    const rule = 'it must be 2 to 128 of the characters a-z A-Z 0-9 _ . - and begin with a letter or a digit'
    return `${quote(name)} can't be a volume's name; ${rule}`
  }
  if (/^[0-9a-f]{64}$/.test(name)) return `64 hex digits are the name of an anonymous volume; choose another name`
  return null
}

/** Why a text is no host name (RFC 1123 labels, at most 64 bytes as in uname(2)), or null. */
export function hostnameFault(name: string): string | null {
  if (name.length > 64) return `${quote(name)} is longer than 64 characters`
  const label = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/
  if (name.split('.').every(part => label.test(part))) return null
  const dashed = name.replaceAll('_', '-')
  const way =
    dashed !== name && hostnameFault(dashed) === null
      ? `; did you mean "${dashed}"?`
      : '; use letters, digits, "-" and "."'
  return `${quote(name)} is no host name${way}`
}

/** Why a text can't be a user (`uid`, `uid:gid`, `name`, `name:group`), or null. */
export function userFault(user: string): string | null {
  const parts = user.split(':')
  const word = /^(\d+|[a-zA-Z_][a-zA-Z0-9_.-]*\$?)$/
  if (parts.length > 2 || !parts.every(part => word.test(part) && part.length <= 64)) {
    return `${quote(user)} is no user; write uid, uid:gid, name or name:group`
  }
  const large = parts.find(part => /^\d+$/.test(part) && Number(part) > 2 ** 31 - 1)
  return large === undefined ? null : `the id ${large} is larger than ${2 ** 31 - 1}`
}
