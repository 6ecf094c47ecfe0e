import { portText } from '../model/network.ts'
import type { Hop, PathFacts } from '../model/packet-path.ts'
import { forwardedHops, localHops } from './path-filters.ts'
import { hopsFrom } from './path-from.ts'
import { proxiedHops } from './path-proxy.ts'
import {
  addressHop,
  bridgeHop,
  broken,
  interfaceHop,
  listenerHop,
  ofHost,
  processHop,
  routeHop,
  ruleHop,
  type Target,
} from './path-hops.ts'

/** The way of a packet to a port of a container, in the order in which it goes. */
export function hopsTo(facts: PathFacts): readonly Hop[] {
  const { target, notRunning, sharesHost, from } = facts
  if (from.kind === 'container') return hopsFrom(facts, from)
  if (sharesHost) return [processHop('process', facts), ...(notRunning === null ? [listenerHop(facts, ofHost)] : [])]
  if (target === null)
    return [broken('interface', 'it is on no network that leads to this port', null), processHop('process', facts)]
  const hops = [
    ...beforeRoute(facts, target),
    // one that is down has no route, so it is looked at first
    bridgeHop(facts, target),
    routeHop(facts, target),
    processHop('process', facts),
  ]
  return notRunning === null ? [...hops, interfaceHop(facts, target), listenerHop(facts, target)] : hops
}

export const firstBroken = (hops: readonly Hop[]): Hop | null =>
  hops.find(({ verdict }) => verdict === 'broken') ?? null

/** Up to where the host has to lead it to a bridge. */
function beforeRoute(facts: PathFacts, target: Target): Hop[] {
  const { published, from } = facts
  if (published !== null && facts.proxy !== null && !isOwnOnly(facts))
    return [addressHop(facts, target), ...proxiedHops(facts, target), ...backHops(facts)]
  const outside = published === null ? [] : [addressHop(facts, target), ruleHop(facts, target)]
  if (from.kind === 'host') return [...outside, ...localHops(facts, 'from-host', target)]
  if (published !== null) {
    return isOwnOnly(facts) ? [ownAddressHop(facts)] : [...outside, ...forwardedHops(facts, target), ...backHops(facts)]
  }
  return from.kind === 'outside' ? [notPublishedHop(facts)] : []
}

/** It is asked for from elsewhere, and is for programs of this host. */
const isOwnOnly = ({ from, published }: PathFacts): boolean =>
  from.kind === 'outside' && published?.hostAddress?.startsWith('127.') === true

/** Who asks from an address must be found again. */
const backHops = ({ from }: PathFacts): Hop[] =>
  from.kind === 'outside' && !from.isRouted
    ? [broken('answers', `this host has no route to ${from.address}`, 'give it one, or a default route')]
    : []

const notPublishedHop = ({ containerPort, protocol }: PathFacts): Hop =>
  broken(
    'rule',
    `${containerPort}/${protocol} is not published: other hosts reach published ports alone`,
    'publish it with `ports`',
  )

const ownAddressHop = ({ published }: PathFacts): Hop =>
  broken(
    'address',
    `${published === null ? '' : portText(published)} is for programs of this host alone`,
    'publish it on another address',
  )
