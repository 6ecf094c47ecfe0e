import { portText } from '../model/network.ts'
import type { Hop, PathFacts } from '../model/packet-path.ts'
import { localDrops } from './foreign-drops.ts'
import { dropHops, localHops, wayTo } from './path-filters.ts'
import { broken, ok, putsBack, type Target, told, unsure } from './path-hops.ts'

/** By the proxy: to a program of this host, and from there to the container. */
export const proxiedHops = (facts: PathFacts, target: Target): Hop[] => [
  proxyHop(facts, target),
  ...intoHostHops(facts, target),
  ...localHops(facts, 'from-host', target).filter(({ verdict }) => verdict !== 'ok'),
]

function proxyHop(facts: PathFacts, { address }: Target): Hop {
  const { published, proxy, containerPort } = facts
  if (proxy === null || published === null) return unsure('proxy', 'it is not published')
  const port = portText(published)
  if (!proxy.isHeld.known) return unsure('proxy', `the proxy does not answer: ${proxy.isHeld.why}`)
  if (proxy.isHeld.value)
    return ok('proxy', `the proxy has ${port}, and hands on to ${told(facts, address, containerPort)}`)
  if (proxy.holder === null) return broken('proxy', `the proxy has not ${port} of this host`, putsBack)
  return broken(
    'proxy',
    `${proxy.holder} has ${port} of this host, not the proxy`,
    'stop that, or publish another port',
  )
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
