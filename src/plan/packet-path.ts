import { isSwitch } from '../model/drift-fields.ts'
import type { Known } from '../model/errors.ts'
import { portText } from '../model/network.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { NftRule } from '../model/packet-filter.ts'
import type { Hop, PathFacts } from '../model/packet-path.ts'
import { foreignDrops } from './foreign-drops.ts'

type Target = NonNullable<PathFacts['target']>

/** The way of a packet to a port of a container, in the order in which it goes. */
export function hopsTo(facts: PathFacts): readonly Hop[] {
  const { target, published, notRunning, sharesHost } = facts
  if (sharesHost) return [processHop(facts), ...(notRunning === null ? [listenerHop(facts, ofHost)] : [])]
  if (target === null)
    return [broken('interface', 'it is on no network that leads to this port', null), processHop(facts)]
  const outside =
    published === null ? [] : [addressHop(facts, target), ruleHop(facts, target), ...filterHops(facts, target)]
  const hops = [
    ...outside,
    ...(published === null ? [] : [forwardingHop(facts)]),
    routeHop(facts, target),
    faultsHop(
      'bridge',
      `${target.bridge} of network ${target.network} is as applied`,
      withoutSwitches(facts.networkFaults),
    ),
    processHop(facts),
  ]
  if (notRunning !== null) return hops
  return [
    ...hops,
    faultsHop('interface', `${target.interface} has ${target.address}`, facts.linkFaults),
    listenerHop(facts, target),
  ]
}

const ofHost = { address: null, family: 'ipv4' } as const

export const firstBroken = (hops: readonly Hop[]): Hop | null =>
  hops.find(({ verdict }) => verdict === 'broken') ?? null

const ok = (at: Hop['at'], text: string): Hop => ({ at, verdict: 'ok', text, advice: null })
const broken = (at: Hop['at'], text: string, advice: string | null): Hop => ({ at, verdict: 'broken', text, advice })
const unknown = (at: Hop['at'], text: string, advice: string | null = null): Hop => ({
  at,
  verdict: 'unknown',
  text,
  advice,
})

const putsBack = 'a watcher or `reconcile --once` puts it right'

function addressHop({ published, hostAddresses }: PathFacts, { family }: Target): Hop {
  const wanted = published?.hostAddress ?? null
  if (wanted === null) {
    const own = hostAddresses.filter(
      ({ address, device }) => device !== 'lo' && address.includes(':') === (family === 'ipv6'),
    )
    return ok(
      'address',
      `any address of this host: ${own.map(({ address }) => address).join(', ') || 'it has only its loopback'}`,
    )
  }
  const holder = hostAddresses.find(({ address }) => address === wanted)
  if (holder !== undefined) return ok('address', `${wanted} on ${holder.device}`)
  return wanted.startsWith('127.')
    ? ok('address', `${wanted}, for programs of this host alone`)
    : broken('address', `no link of this host has ${wanted}`, 'give the address to a link, or publish on another one')
}

/** One of the rules that lead a published port to its container. */
function ruleHop({ filter, ownTable, published, containerPort }: PathFacts, { address }: Target): Hop {
  if (!filter.known) return unknown('rule', `rules are not readable: ${filter.why}`)
  const own = filter.value.flatMap(({ rule }) => (rule?.table === ownTable ? [rule] : []))
  const port = published === null ? '' : portText(published)
  if (!filter.value.some(({ chain }) => chain?.table === ownTable))
    return broken('rule', `table inet ${ownTable} is missing`, putsBack)
  const leads = own.some(
    rule => rule.chain === 'publish' && leadsTo(rule, published?.hostPort ?? 0, address, containerPort),
  )
  if (leads) return ok('rule', `${port} leads to ${address}:${containerPort}`)
  return broken(
    'rule',
    `table inet ${ownTable} has no rule that leads ${port} to ${address}:${containerPort}`,
    putsBack,
  )
}

function leadsTo({ expr }: NftRule, hostPort: number, address: string, port: number): boolean {
  const dnat = expr.find(one => 'dnat' in one)?.['dnat'] as
    | { readonly addr?: unknown; readonly port?: unknown }
    | undefined
  const isAsked = expr.some(one => (one['match'] as { readonly right?: unknown } | undefined)?.right === hostPort)
  return dnat !== undefined && dnat.addr === address && dnat.port === port && isAsked
}

function filterHops(facts: PathFacts, target: Target): Hop[] {
  const { filter, legacyTables } = facts
  if (!filter.known) return []
  const legacy = legacyTables.includes('filter')
    ? [
        unknown(
          'filter',
          'iptables-legacy has rules, too, which are not seen here',
          'look with `iptables-legacy -S FORWARD`',
        ),
      ]
    : []
  const found = foreignDrops(filter.value, facts.ownTable, {
    family: target.family,
    protocol: facts.protocol,
    bridge: target.bridge,
    outside: facts.incoming,
    address: target.address,
    port: facts.containerPort,
    hostPort: facts.published?.hostPort ?? null,
  })
  const hops = (['filter', 'answers'] as const).map(at => {
    const drop = found.find(one => one.way === (at === 'filter' ? 'in' : 'answer'))
    if (drop === undefined)
      return ok(at, at === 'filter' ? 'no other table drops it' : 'and no other table drops the answers')
    return drop.isCertain ? broken(at, drop.text, drop.advice) : unknown(at, `perhaps: ${drop.text}`, drop.advice)
  })
  return [...hops, ...legacy]
}

function forwardingHop({ forwards, target }: PathFacts): Hop {
  const name = target?.family === 'ipv6' ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward'
  if (forwards === null) return unknown('forwarding', `this kernel has no ${name}`)
  return forwards ? ok('forwarding', `${name} is 1`) : broken('forwarding', `${name} is 0`, putsBack)
}

function routeHop({ route }: PathFacts, { address, bridge, network }: Target): Hop {
  if (route?.device === bridge) return ok('route', `${route.destination} leads to ${bridge}`)
  if (route === null || route.device === null) return broken('route', `this host has no route to ${address}`, putsBack)
  const advice = `take the route ${route.destination} away, or give network ${network} another subnet`
  return broken('route', `${address} is routed to ${route.device} by ${route.destination}`, advice)
}

const withoutSwitches = (faults: Known<readonly LinkFault[]>): Known<readonly LinkFault[]> =>
  faults.known ? { known: true, value: faults.value.filter(({ field }) => !isSwitch(field)) } : faults

function faultsHop(at: 'bridge' | 'interface', text: string, faults: Known<readonly LinkFault[]>): Hop {
  if (!faults.known) return unknown(at, `links are not readable: ${faults.why}`)
  if (faults.value.length === 0) return ok(at, text)
  return broken(at, faults.value.map(one => one.text).join(', '), putsBack)
}

function processHop({ name, notRunning, isFrozen }: PathFacts): Hop {
  if (notRunning !== null)
    return broken('process', `${name} is not running: ${notRunning}`, `\`reconcile why ${name}\` tells why`)
  return isFrozen ? broken('process', `${name} is paused`, 'declare it as running') : ok('process', `${name} runs`)
}

const shownPorts = 8

/** address null: any of the host's */
type Listening = { readonly address: string | null; readonly family: 'ipv4' | 'ipv6' }

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** In the container; what listens on its loopback alone is out of reach for all others. */
function listenerHop({ listeners, protocol, containerPort }: PathFacts, { address, family }: Listening): Hop {
  if (!listeners.known) return unknown('listener', `its sockets are not readable: ${listeners.why}`)
  const own = listeners.value.filter(one => one.protocol === protocol && one.port === containerPort)
  const isOpen = (one: string | null) => one === null || one === address || (address === null && !isLoopback(one))
  const open = own.find(one => isOpen(one.address))
  if (open !== undefined) return ok('listener', `${open.holder} listens on ${containerPort}/${protocol}`)
  const [closed] = own
  if (closed !== undefined) {
    const any = family === 'ipv6' ? '[::]' : '0.0.0.0'
    return broken(
      'listener',
      `${closed.holder} listens on ${closed.address} alone, which only the container itself reaches`,
      `let it listen on ${any}:${containerPort}`,
    )
  }
  const others = [...new Set(listeners.value.map(one => `${one.port}/${one.protocol}`))].slice(0, shownPorts)
  const instead = others.length === 0 ? 'it listens on no port' : `it listens on ${others.join(', ')}`
  return broken('listener', `nobody in it listens on ${containerPort}/${protocol}: ${instead}`, null)
}
