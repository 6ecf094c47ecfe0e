import { portText } from '../model/network.ts'
import type { Hop, PathFacts } from '../model/packet-path.ts'
import { localDrops } from './foreign-drops.ts'
import { dropHops, localHops, wayTo } from './path-filters.ts'
import { broken, ok, putsBack, type Target, told } from './path-hops.ts'

/** By the proxy: to a program of this host, and from there to the container. */
export const proxiedHops = (facts: PathFacts, target: Target): Hop[] => [
  proxyHop(facts, target),
  ...intoHostHops(facts, target),
  ...localHops(facts, 'from-host', target).filter(({ verdict }) => verdict !== 'ok'),
]

const program = 'reconcile-shim'

function proxyHop(facts: PathFacts, { address }: Target): Hop {
  const { published, proxy, containerPort } = facts
  const port = published === null ? '' : portText(published)
  const holder = proxy?.holder ?? null
  if (holder === null) return broken('proxy', `nobody has ${port} of this host, which the proxy should have`, putsBack)
  if (holder.startsWith(`${program} `))
    return ok('proxy', `${holder} has ${port}, and hands on to ${told(facts, address, containerPort)}`)
  return broken('proxy', `${holder} has ${port} of this host, not the proxy`, 'stop that, or publish another port')
}

/** Programs of the host itself come by its loopback. */
function intoHostHops(facts: PathFacts, target: Target): Hop[] {
  const { filter, from, incoming, published, ownTable } = facts
  if (!filter.known || published === null || from.kind === 'host' || incoming === null) return []
  const way = {
    ...wayTo(facts, target),
    bridge: incoming,
    address: published.hostAddress,
    port: published.hostPort,
    hostPort: null,
  }
  return dropHops(facts, localDrops(filter.value, ownTable, 'to-host', way), 'INPUT')
}
