import { addressText, parseAddress } from '../../model/address.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import { routeTo } from '../../observe/packet-path.ts'
import type { SeenNetwork } from '../../runtime/network.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { findEntry } from './entries.ts'
import type { Asker } from './packet-paths.ts'

/** `outside`, `host`, an address, or a container; null: there is none of that name. */
export function findAsker(word: string, entries: readonly PsEntry[], host: SeenNetwork): Asker | null {
  if (word === 'outside') return { kind: 'outside', address: null, isRouted: true }
  if (word === 'host') return { kind: 'host' }
  const address = parseAddress(word)
  if (address !== null) return byAddress(addressText(address), entries, host)
  const entry = findEntry(entries, word)
  return entry === null ? null : inItsNetwork(entry.container, entries)
}

function byAddress(address: string, entries: readonly PsEntry[], host: SeenNetwork): Asker {
  const has = ({ container: { endpoints = {} } }: PsEntry) =>
    Object.values(endpoints).some(({ ipv4, ipv6 }) => address === ipv4 || address === ipv6)
  const member = entries.find(has)
  if (member !== undefined) return { kind: 'container', container: member.container }
  const isOwn = host.links.some(({ addresses }) => addresses.some(one => one.split('/')[0] === address))
  if (isOwn || address.startsWith('127.')) return { kind: 'host' }
  const route = routeTo(host, address)
  return { kind: 'outside', address, isRouted: route !== null && route.device !== null }
}

/** Whose network namespace it uses. */
function inItsNetwork(container: ObservedContainer, entries: readonly PsEntry[]): Asker | null {
  const { net } = container.declaration.spec.namespaces
  if (net === 'host') return { kind: 'host' }
  if (!net.startsWith('container:')) return { kind: 'container', container }
  const other = findEntry(entries, net.slice('container:'.length))
  return other === null || other.container.id === container.id ? null : inItsNetwork(other.container, entries)
}
