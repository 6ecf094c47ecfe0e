import { portText } from '../model/network.ts'
import type { ContainerSender, Hop, PathFacts } from '../model/packet-path.ts'
import { bridgedHops, forwardedHops, localHops } from './path-filters.ts'
import { nameHop } from './path-names.ts'
import { proxiedHops } from './path-proxy.ts'
import {
  bridgeHop,
  broken,
  faultsHop,
  interfaceHop,
  listenerHop,
  ofHost,
  ok,
  processHop,
  putsBack,
  routeHop,
  ruleHop,
  told,
  unsure,
} from './path-hops.ts'

/** The way of a packet from a container's process to that of another one. */
export function hopsFrom(facts: PathFacts, sender: ContainerSender): readonly Hop[] {
  const runs = processHop('sender', sender)
  if (sender.way === 'none') return [runs, noWayHop(facts, sender), ...atIts(facts, sender)]
  const leaves = sender.notRunning === null && sender.way !== 'itself' ? leaveHops(facts, sender) : []
  const named = nameHop(facts, sender)
  return [runs, networkHop(facts, sender), ...named, ...leaves, ...between(facts, sender), ...atIts(facts, sender)]
}

/** From the sender's link to the one of whom it asks for. */
function between(facts: PathFacts, sender: ContainerSender): Hop[] {
  const { target, sharesHost } = facts
  if (sender.way === 'itself') return []
  if (sender.way === 'host' && sharesHost)
    return sender.leaves === null || sender.aim === null
      ? []
      : localHops(facts, 'to-host', { ...sender.leaves, address: sender.aim, family: 'ipv4' })
  if (target === null) return []
  if (sender.way === 'network') return [...bridgedHops(facts, target, sender.filtersBridges), bridgeHop(facts, target)]
  const last = [bridgeHop(facts, target), routeHop(facts, target)]
  if (facts.proxy !== null) return [...proxiedHops(facts, target), ...last]
  return [ruleHop(facts, target), ...forwardedHops(facts, target), ...last]
}

/** Its process, its end of the link, and its socket. */
function atIts(facts: PathFacts, { insteadPort, name: sender }: ContainerSender): Hop[] {
  const { target, notRunning, sharesHost, name, containerPort } = facts
  const runs = processHop('process', facts)
  if (notRunning !== null) return [runs]
  if (target === null) return sharesHost ? [runs, listenerHop(facts, ofHost)] : [runs]
  const listener = listenerHop(facts, target)
  const hint = `${containerPort} is its port on this host: ${sender} asks for ${name}:${insteadPort}`
  const advised = listener.verdict === 'broken' && insteadPort !== null ? { ...listener, advice: hint } : listener
  return [runs, interfaceHop(facts, target), advised]
}

function networkHop(facts: PathFacts, { way, aim, leaves, name }: ContainerSender): Hop {
  const { target, published, sharesHost } = facts
  if (way === 'itself') return ok('network', 'it asks itself')
  if (way === 'network') return ok('network', `both are on network ${target?.network ?? ''}`)
  if (published?.hostAddress?.startsWith('127.') === true)
    return broken(
      'network',
      `they share no network, and ${portText(published)} is for programs of this host alone`,
      shareOne(facts.name, name),
    )
  const through = `through ${aim ?? ''}, this host on network ${leaves?.network ?? ''}`
  if (sharesHost) return ok('network', `${facts.name} has this host's network: ${through}`)
  return ok(
    'network',
    `they share no network: ${through}, whose ${published === null ? '' : portText(published)} is published`,
  )
}

const shareOne = (a: string, b: string): string => `name one network in \`networks\` of ${a} and ${b}`

const listed = (name: string, networks: readonly string[]): string =>
  `${name} is on ${networks.length === 0 ? 'none' : networks.join(', ')}`

function noWayHop(facts: PathFacts, { name, networks, leaves }: ContainerSender): Hop {
  const advice = shareOne(name, facts.name)
  if (networks.own.length === 0) return broken('network', `${name} is on no network`, advice)
  const [open] = networks.unfiltered
  if (open !== undefined)
    return unsure(
      'network',
      `they share no network; ${open} has no rules of ours, so what this host forwards may come there`,
    )
  const both = `${listed(name, networks.own)}, ${listed(facts.name, networks.its)}`
  if (facts.published !== null && leaves === null)
    return broken('network', `they share no network, and nothing leaves internal networks: ${both}`, advice)
  const port = `${facts.containerPort}/${facts.protocol}`
  const why = `they share no network, and ${port} is not published: ${both}`
  return broken('network', why, `${advice}, or publish ${port}`)
}

/** Out of its own link, by its own routes. */
function leaveHops(facts: PathFacts, { leaves, linkFaults, route, aim }: ContainerSender): Hop[] {
  if (leaves === null || aim === null) return []
  const link = faultsHop('leaves', `${leaves.interface} has ${told(facts, leaves.address)}`, linkFaults)
  if (link.verdict === 'broken') return [link]
  if (!route.known) return [link, unsure('leaves', `its routes are not readable: ${route.why}`)]
  const to = told(facts, aim)
  const way = route.value
  if (way?.device === leaves.interface) return [link, ok('leaves', `${to} leaves by ${leaves.interface}`)]
  return way === null || way.device === null
    ? [link, broken('leaves', `it has no route to ${to}`, putsBack)]
    : [
        link,
        broken(
          'leaves',
          `${to} leaves by ${way.device}, by its own route ${way.destination}`,
          `take that route away in it`,
        ),
      ]
}
