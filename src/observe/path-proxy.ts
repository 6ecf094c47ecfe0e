import { type Known, known, unknown } from '../model/errors.ts'
import { isFiltered, type PublishedPort, samePort } from '../model/network.ts'
import type { ObservedContainer, ObservedNetwork, ObservedState } from '../model/observed.ts'
import type { PathFacts } from '../model/packet-path.ts'
import { heldPorts } from '../model/proxied-ports.ts'
import { holdersOf, socketsOf, socketTables } from './host-ports.ts'

type Sight = { readonly procRoot: string; readonly observed: ObservedState; readonly hasFilter: boolean }

/** Nothing else leads to a published port where there are no rules for its network. */
export function proxyOf(
  { procRoot, observed, hasFilter }: Sight,
  network: ObservedNetwork | undefined,
  { id }: ObservedContainer,
  { published }: Pick<PathFacts, 'published'>,
): PathFacts['proxy'] {
  if (published === null || network === undefined || (hasFilter && isFiltered(network))) return null
  const isHeld = holds(observed, id, published)
  return { isHeld, holder: isHeld.known && !isHeld.value ? holderOf(procRoot, published) : null }
}

function holds({ proxied }: ObservedState, id: string, published: PublishedPort): Known<boolean> {
  if (proxied === undefined) return unknown('it was not looked at')
  if (!proxied.known) return proxied
  const sockets = proxied.value.find(one => one.id === id)?.sockets ?? []
  return known(
    sockets.some(text => {
      const held = heldPorts(text)
      if (held === null || held.protocol !== published.protocol) return false
      const hasAddress = published.hostAddress === null || published.hostAddress === held.address
      return hasAddress && held.first <= published.hostPort && published.hostPort <= held.last
    }),
  )
}

/** Who listens on that port of this host. */
function holderOf(procRoot: string, published: PublishedPort): string | null {
  const sockets = socketTables.flatMap(([file, protocol]) => socketsOf(`${procRoot}/net/${file}`, protocol))
  const hits = sockets.filter(socket => samePort(socket, published))
  return [...holdersOf(procRoot, new Set(hits.map(({ inode }) => inode))).values()][0] ?? null
}
