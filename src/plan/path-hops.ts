import type { Known } from '../model/errors.ts'
import { isSwitch } from '../model/drift-fields.ts'
import { portText } from '../model/network.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { NftRule } from '../model/packet-filter.ts'
import type { Hop, PathFacts } from '../model/packet-path.ts'

export type Target = NonNullable<PathFacts['target']>

export const ok = (at: Hop['at'], text: string): Hop => ({ at, verdict: 'ok', text, advice: null })
export const broken = (at: Hop['at'], text: string, advice: string | null): Hop => ({
  at,
  verdict: 'broken',
  text,
  advice,
})
export const unsure = (at: Hop['at'], text: string, advice: string | null = null): Hop => ({
  at,
  verdict: 'unknown',
  text,
  advice,
})

export const putsBack = 'a watcher or `reconcile --once` puts it right'

/** `10.200.0.2 (shop/web)`, `10.200.0.2:80 (shop/web)` */
export function told({ members }: Pick<PathFacts, 'members'>, address: string, port: number | null = null): string {
  const name = members.get(address)
  const withPort = port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
  return name === undefined ? withPort : `${withPort} (${name})`
}

export function addressHop({ published, hostAddresses }: PathFacts, { family }: Target): Hop {
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
export function ruleHop(facts: PathFacts, { address }: Target): Hop {
  const { filter, ownTable, published, containerPort } = facts
  if (!filter.known) return unsure('rule', `rules are not readable: ${filter.why}`)
  const own = filter.value.flatMap(({ rule }) => (rule?.table === ownTable ? [rule] : []))
  const port = published === null ? '' : portText(published)
  if (!filter.value.some(({ chain }) => chain?.table === ownTable))
    return broken('rule', `table inet ${ownTable} is missing`, putsBack)
  const leads = own.some(
    rule => rule.chain === 'publish' && leadsTo(rule, published?.hostPort ?? 0, address, containerPort),
  )
  const to = told(facts, address, containerPort)
  if (leads) return ok('rule', `${port} leads to ${to}`)
  return broken('rule', `table inet ${ownTable} has no rule that leads ${port} to ${to}`, putsBack)
}

function leadsTo({ expr }: NftRule, hostPort: number, address: string, port: number): boolean {
  const dnat = expr.find(one => 'dnat' in one)?.['dnat'] as
    | { readonly addr?: unknown; readonly port?: unknown }
    | undefined
  const isAsked = expr.some(one => (one['match'] as { readonly right?: unknown } | undefined)?.right === hostPort)
  return dnat !== undefined && dnat.addr === address && dnat.port === port && isAsked
}

export function forwardingHop({ forwards, target }: PathFacts): Hop {
  const name = target?.family === 'ipv6' ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward'
  if (forwards === null) return unsure('forwarding', `this kernel has no ${name}`)
  return forwards ? ok('forwarding', `${name} is 1`) : broken('forwarding', `${name} is 0`, putsBack)
}

export function routeHop(facts: PathFacts, { address, bridge, network }: Target): Hop {
  const { route } = facts
  if (route?.device === bridge) return ok('route', `${route.destination} leads to ${bridge}`)
  const to = told(facts, address)
  if (route === null || route.device === null) return broken('route', `this host has no route to ${to}`, putsBack)
  const advice = `take the route ${route.destination} away, or give network ${network} another subnet`
  return broken('route', `${to} is routed to ${route.device} by ${route.destination}`, advice)
}

export const bridgeHop = ({ networkFaults }: PathFacts, { bridge, network }: Target): Hop =>
  faultsHop('bridge', `${bridge} of network ${network} is as applied`, withoutSwitches(networkFaults))

const withoutSwitches = (faults: Known<readonly LinkFault[]>): Known<readonly LinkFault[]> =>
  faults.known ? { known: true, value: faults.value.filter(({ field }) => !isSwitch(field)) } : faults

export const interfaceHop = (facts: PathFacts, target: Target): Hop =>
  faultsHop('interface', `${target.interface} has ${told(facts, target.address)}`, facts.linkFaults)

export function faultsHop(at: Hop['at'], text: string, faults: Known<readonly LinkFault[]>): Hop {
  if (!faults.known) return unsure(at, `links are not readable: ${faults.why}`)
  if (faults.value.length === 0) return ok(at, text)
  return broken(at, faults.value.map(one => one.text).join(', '), putsBack)
}

type Running = Pick<PathFacts, 'name' | 'notRunning' | 'isFrozen'>

export function processHop(at: 'process' | 'sender', { name, notRunning, isFrozen }: Running): Hop {
  if (notRunning !== null)
    return broken(at, `${name} is not running: ${notRunning}`, `\`reconcile why ${name}\` tells why`)
  return isFrozen ? broken(at, `${name} is paused`, 'declare it as running') : ok(at, `${name} runs`)
}

const shownPorts = 8

/** address null: any of the host's */
type Listening = { readonly address: string | null; readonly family: 'ipv4' | 'ipv6' }

/** Where it shares the host's network. */
export const ofHost: Listening = { address: null, family: 'ipv4' }

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** In the container; what listens on its loopback alone is out of reach for all others. */
export function listenerHop({ listeners, protocol, containerPort }: PathFacts, { address, family }: Listening): Hop {
  if (!listeners.known) return unsure('listener', `its sockets are not readable: ${listeners.why}`)
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
