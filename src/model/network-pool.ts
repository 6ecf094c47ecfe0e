import { overlaps, parsePrefix, type Prefix, prefixText } from './address.ts'

/** What no network of containers can be: addresses that mean something else everywhere. */
const reserved: readonly (readonly [prefix: string, what: string])[] = [
  ['0.0.0.0/8', 'this host'],
  ['127.0.0.0/8', 'the loopback'],
  ['169.254.0.0/16', 'link-local addresses'],
  ['224.0.0.0/3', 'multicast and reserved addresses'],
  ['::/16', 'the loopback and IPv4 in IPv6'],
  ['fe80::/10', 'link-local addresses'],
  ['ff00::/8', 'multicast addresses'],
]

/** `127.0.0.0/8, the loopback`; null: it is free to use. */
export function reservedPrefixOf(subnet: Prefix): string | null {
  const hit = reserved.find(([text]) => overlaps(prefixOf(text), subnet))
  return hit === undefined ? null : `${hit[0]}, ${hit[1]}`
}

/** Words of Docker's tools for networks that are always there. */
export const reservedNetworkNames: ReadonlySet<string> = new Set(['bridge', 'host', 'none', 'default', 'container'])

const pool = { value: (10n << 24n) + (200n << 16n), length: 24, count: 2048n }

/** The first /24 from 10.200.0.0 on that overlaps none of these; null: all do. */
export function freeSubnet(taken: readonly Prefix[]): string | null {
  for (let index = 0n; index < pool.count; index += 1n) {
    const subnet: Prefix = { family: 'ipv4', value: pool.value + index * 256n, length: pool.length }
    if (!taken.some(other => overlaps(other, subnet))) return prefixText(subnet)
  }
  return null
}

/** Of a text that was checked before. */
export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text)
  if (prefix === null) throw new Error(`not a subnet: ${text}`)
  return prefix
}
