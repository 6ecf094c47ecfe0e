import type { Ruleset } from '../model/ruleset.ts'

type Json = Readonly<Record<string, unknown>>
type Port = Ruleset['ports'][number]
type Network = Ruleset['networks'][number]

export const tableName = (rootId: string): string => `reconcile-${rootId}`

/** The whole table in one transaction: made so that deleting it can't fail, deleted, and made anew. null: only deleted. */
export function nftCommands(rootId: string, ruleset: Ruleset | null): Json {
  const table = { family: 'inet', name: tableName(rootId) }
  const remake = [{ add: { table } }, { delete: { table } }]
  if (ruleset === null) return { nftables: remake }
  const rules = chains.flatMap(({ name, rulesOf }) =>
    rulesOf(ruleset).map(expr => ({ add: { rule: { family: 'inet', table: table.name, chain: name, expr } } })),
  )
  const made = chains.map(({ name, type, hook, prio }) => ({
    add: { chain: { family: 'inet', table: table.name, name, type, hook, prio, policy: 'accept' } },
  }))
  return { nftables: [...remake, { add: { table } }, ...made, ...rules] }
}

type Rule = readonly Json[]

const match = (left: Json, right: unknown, op = '=='): Json => ({ match: { op, left, right } })
const meta = (key: string): Json => ({ meta: { key } })
const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } })
const from = (bridge: string) => match(meta('iifname'), bridge)
const notFrom = (bridge: string) => match(meta('iifname'), bridge, '!=')
const to = (bridge: string) => match(meta('oifname'), bridge)
const notTo = (bridge: string) => match(meta('oifname'), bridge, '!=')
const prefix = (subnet: string): Json => {
  const [addr = '', len = ''] = subnet.split('/')
  return { prefix: { addr, len: Number(len) } }
}
const drop: Json = { drop: null }
const accept: Json = { accept: null }
const masquerade: Json = { masquerade: null }
/** It came to a published port. */
const isPublished = match({ ct: { key: 'status' } }, 'dnat', 'in')

/** Our route_localnet must not let anybody from a network reach what listens on the host's loopback. */
const guardRules = ({ networks }: Ruleset): Rule[] =>
  networks.map(({ bridge }) => [from(bridge), match(payload('ip', 'daddr'), prefix('127.0.0.0/8')), drop])

/** Into a network comes what is published, or an answer; out of an internal one nothing. */
const forwardRules = ({ networks }: Ruleset): Rule[] => [
  [match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), accept],
  ...networks
    .filter(({ internal }) => internal)
    .flatMap(({ bridge }) => [
      [from(bridge), notTo(bridge), drop],
      [notFrom(bridge), to(bridge), drop],
    ]),
  [isPublished, accept],
  ...networks.map(({ bridge }) => [notFrom(bridge), to(bridge), drop]),
]

/** From there the kernel routes nothing to a bridge: the proxy has it. */
const loopback6 = '::1'

const publishRules = ({ ports }: Ruleset): Rule[] =>
  ports.flatMap(port => [...publish(port, 'ip'), ...publish(port, 'ip6')])

function publish({ protocol, hostAddress, hostPort, containerPort, ipv4, ipv6 }: Port, family: 'ip' | 'ip6'): Rule[] {
  const addr = family === 'ip' ? ipv4 : ipv6
  if (addr === null || (hostAddress !== null && hostAddress.includes(':') !== (family === 'ip6'))) return []
  if (hostAddress === loopback6) return []
  const isLocal =
    hostAddress === null
      ? [
          match(meta('nfproto'), family === 'ip' ? 'ipv4' : 'ipv6'),
          match({ fib: { result: 'type', flags: ['daddr'] } }, 'local'),
          ...(family === 'ip6' ? [match(payload('ip6', 'daddr'), loopback6, '!=')] : []),
        ]
      : [match(payload(family, 'daddr'), hostAddress)]
  return [[...isLocal, match(payload(protocol, 'dport'), hostPort), { dnat: { family, addr, port: containerPort } }]]
}

/** What leaves gets the host's address, and what comes back to its own network by a published port, or from the loopback, too. */
const leaveRules = ({ networks }: Ruleset): Rule[] =>
  networks.flatMap(network => subnetsOf(network).flatMap(([family, subnet]) => leave(network, family, subnet)))

function leave({ bridge, masquerade: isMasqueraded, internal }: Network, family: 'ip' | 'ip6', subnet: string): Rule[] {
  const own = match(payload(family, 'saddr'), prefix(subnet))
  const loopback = match(payload(family, 'saddr'), family === 'ip' ? prefix('127.0.0.0/8') : '::1')
  return [
    ...(isMasqueraded && !internal ? [[own, notTo(bridge), masquerade]] : []),
    [to(bridge), own, isPublished, masquerade],
    [to(bridge), loopback, isPublished, masquerade],
  ]
}

const subnetsOf = ({ subnet, subnet6 }: Network): (readonly ['ip' | 'ip6', string])[] => [
  ['ip', subnet],
  ...(subnet6 === null ? [] : [['ip6', subnet6] as const]),
]

const chains = [
  { name: 'guard', type: 'filter', hook: 'prerouting', prio: -300, rulesOf: guardRules },
  { name: 'forward', type: 'filter', hook: 'forward', prio: 0, rulesOf: forwardRules },
  { name: 'publish', type: 'nat', hook: 'prerouting', prio: -100, rulesOf: publishRules },
  { name: 'publish-here', type: 'nat', hook: 'output', prio: -100, rulesOf: publishRules },
  { name: 'leave', type: 'nat', hook: 'postrouting', prio: 100, rulesOf: leaveRules },
] as const
