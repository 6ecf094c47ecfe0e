/** Addresses as numbers: what IPv4 and IPv6 have in common. */
export type Family = 'ipv4' | 'ipv6'
export type Address = { readonly family: Family; readonly value: bigint }
/** `value`: the first address of it */
export type Prefix = Address & { readonly length: number }

export const widthOf = (family: Family): number => (family === 'ipv4' ? 32 : 128)

/** `10.0.0.1`, `fd00::1`, `::ffff:10.0.0.1`; null: it is no address. Leading zeros mean octal to some, so they are refused. */
export function parseAddress(text: string): Address | null {
  const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  return value === null ? null : { family: text.includes(':') ? 'ipv6' : 'ipv4', value }
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = [groupsOf(halves[0] ?? '', halves.length === 1), groupsOf(halves[1] ?? '', true)]
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...tail]
  return groups.reduce((value, group) => value * 65536n + group, 0n)
}

/** The last group may be an IPv4 address, where the text ends. */
function groupsOf(text: string, isEnd: boolean): bigint[] | null {
  if (text === '') return []
  const groups: bigint[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const embedded = isEnd && index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : null
    if (embedded !== null) groups.push(embedded / 65536n, embedded % 65536n)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}

/** The one text of an address (RFC 5952). */
export function addressText({ family, value }: Address): string {
  if (family === 'ipv4') return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 65535n)
  const zeros = longestZeros(groups)
  const text = (some: readonly bigint[]) => some.map(group => group.toString(16)).join(':')
  if (zeros.length < 2) return text(groups)
  return `${text(groups.slice(0, zeros.start))}::${text(groups.slice(zeros.start + zeros.length))}`
}

function longestZeros(groups: readonly bigint[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  for (const start of groups.keys()) {
    const end = groups.findIndex((group, index) => index >= start && group !== 0n)
    const length = (end < 0 ? groups.length : end) - start
    if (length > best.length) best = { start, length }
  }
  return best
}

/** `10.0.0.0/24`; an address inside is rounded down to the first one. null: it is no such text. */
export function parsePrefix(text: string): Prefix | null {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const parsed = parseAddress(address)
  if (parsed === null || Number(length) > widthOf(parsed.family)) return null
  return prefixAt(parsed, Number(length))
}

/** The prefix of this length that an address is in. */
function prefixAt({ family, value }: Address, length: number): Prefix {
  const free = BigInt(widthOf(family) - length)
  return { family, value: (value >> free) << free, length }
}

export const prefixText = (prefix: Prefix): string => `${addressText(prefix)}/${prefix.length}`

export const sizeOf = ({ family, length }: Prefix): bigint => 1n << BigInt(widthOf(family) - length)

export const contains = (prefix: Prefix, address: Address): boolean =>
  address.family === prefix.family && prefixAt(address, prefix.length).value === prefix.value

/** One lies within the other. */
export const overlaps = (a: Prefix, b: Prefix): boolean => contains(a, b) || contains(b, a)

/** An address that a host can have: not the first one (the net itself), nor the last one of IPv4 (broadcast). */
export function isHostAddress(prefix: Prefix, address: Address): boolean {
  if (!contains(prefix, address) || address.value === prefix.value) return false
  return prefix.family === 'ipv6' || address.value !== prefix.value + sizeOf(prefix) - 1n
}

/** The lowest address for a host that is not taken; null: all are. */
export function lowestFree(prefix: Prefix, taken: ReadonlySet<bigint>): Address | null {
  const { family } = prefix
  let value = prefix.value + 1n
  while (taken.has(value)) value += 1n
  const address = { family, value }
  return isHostAddress(prefix, address) ? address : null
}
