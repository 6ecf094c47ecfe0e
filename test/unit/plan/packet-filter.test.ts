/** Users are promised: the rule or policy of another program that throws our packets away is found by name, whoever wrote it and in whatever words of nft. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { NftItem, Packet } from '../../../src/model/packet-filter.ts'
import { dropperOf } from '../../../src/plan/packet-filter.ts'

type Expr = Readonly<Record<string, unknown>>
let handles = 0
const base = (table: string, name: string, policy: string, prio = 0, family = 'ip', hook = 'forward'): NftItem => ({
  chain: { family, table, name, type: 'filter', hook, prio, policy },
})
const rule = (table: string, chain: string, ...expr: Expr[]): NftItem => ({
  rule: { family: table === 'firewalld' ? 'inet' : 'ip', table, chain, handle: ++handles, expr },
})
const match = (left: Expr, right: unknown, op = '=='): Expr => ({ match: { op, left, right } })
const meta = (key: string, right: unknown, op?: string) => match({ meta: { key } }, right, op)
const field = (protocol: string, name: string, right: unknown) => match({ payload: { protocol, field: name } }, right)
const [drop, accept, counter] = [{ drop: null }, { accept: null }, { counter: { packets: 0, bytes: 0 } }]
const jump = (target: string): Expr => ({ jump: { target } })
const conntrack: Expr = { xt: { type: 'match', name: 'conntrack' } }

const packet: Packet = {
  family: 'ipv4',
  protocol: 'tcp',
  inDevice: 'eth0',
  outDevice: 'rc-1',
  source: null,
  destination: '10.200.0.2',
  sourcePort: null,
  destinationPort: 80,
  state: 'new',
  isPublished: true,
}
const found = (items: readonly NftItem[], rest: Partial<Packet> = {}) => {
  const dropper = dropperOf(items, 'forward', { ...packet, ...rest }, table => table.startsWith('reconcile-'))
  if (dropper === null) return null
  const { family, table, chain, handle, isCertain } = dropper
  return `${family} ${table} ${chain} ${handle === null ? 'policy' : 'rule'}${isCertain ? '' : '?'}`
}

/** As iptables-nft shows what docker makes. */
const docker = [
  base('filter', 'FORWARD', 'drop'),
  rule('filter', 'FORWARD', counter, jump('DOCKER-USER')),
  rule('filter', 'FORWARD', meta('oifname', 'docker0'), conntrack, counter, accept),
  rule('filter', 'FORWARD', meta('oifname', 'docker0'), counter, jump('DOCKER')),
  rule('filter', 'FORWARD', meta('iifname', 'docker0'), meta('oifname', 'docker0', '!='), counter, accept),
  rule('filter', 'DOCKER-USER', counter, { return: null }),
]

test("docker's policy drops what is not for its own bridges, and answers, too", () => {
  equal(found(docker), 'ip filter FORWARD policy')
  equal(found(docker, { inDevice: 'rc-1', outDevice: 'eth0', state: 'established' }), 'ip filter FORWARD policy')
  equal(found(docker, { inDevice: 'docker0', outDevice: 'eth0' }), null)
  equal(found(docker, { family: 'ipv6' }), null)
})

test('a rule that lets it through ends it, also one in a chain of its own', () => {
  const user = rule('filter', 'DOCKER-USER', meta('oifname', 'rc-*'), counter, accept)
  const chain = docker.filter(({ rule: one }) => one?.chain !== 'DOCKER-USER')
  equal(found([...chain, user]), null)
  equal(found([...chain, user], { outDevice: 'rd-1' }), 'ip filter FORWARD policy')
})

test('what is published passes where that is accepted, as firewalld does', () => {
  const items = [
    base('firewalld', 'filter_FORWARD', 'accept', 10, 'inet'),
    rule('firewalld', 'filter_FORWARD', match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), accept),
    rule('firewalld', 'filter_FORWARD', match({ ct: { key: 'status' } }, 'dnat', 'in'), accept),
    rule('firewalld', 'filter_FORWARD', { reject: { type: 'icmpx', expr: 'admin-prohibited' } }),
  ]
  equal(found(items), null)
  equal(found(items, { isPublished: false }), 'inet firewalld filter_FORWARD rule')
  equal(found(items, { isPublished: false, state: 'established' }), null)
})

test('sets, ranges, prefixes, wildcards and maps are understood', () => {
  const one = (...expr: Expr[]) => found([base('t', 'c', 'accept'), rule('t', 'c', ...expr)])
  equal(one(field('tcp', 'dport', { range: [80, 90] }), drop), 'ip t c rule')
  equal(one(field('tcp', 'dport', { set: [22, 443] }), drop), null)
  equal(one(field('udp', 'dport', 80), drop), null)
  equal(one(field('ip', 'daddr', { prefix: { addr: '10.0.0.0', len: 8 } }), drop), 'ip t c rule')
  equal(one(field('ip', 'daddr', '10.200.0.3'), drop), null)
  equal(one(meta('iifname', 'eth*'), meta('l4proto', 'tcp'), drop), 'ip t c rule')
  const data = {
    set: [
      ['lo', accept],
      ['eth0', drop],
    ],
  }
  equal(one({ vmap: { key: { meta: { key: 'iifname' } }, data } }), 'ip t c rule')
  equal(one({ xt: { type: 'match', name: 'comment' } }, { xt: { type: 'target', name: 'REJECT' } }), 'ip t c rule')
})

test('what can not be judged from here is told as possible, never as certain', () => {
  const one = (...expr: Expr[]) => found([base('t', 'c', 'accept'), rule('t', 'c', ...expr)])
  equal(one(field('ip', 'saddr', '192.0.2.9'), drop), 'ip t c rule?')
  equal(one(field('ip', 'daddr', '@blocked'), drop), 'ip t c rule?')
  equal(one({ xt: { type: 'match', name: 'multiport' } }, drop), 'ip t c rule?')
  const ufw = [base('filter', 'FORWARD', 'drop'), rule('filter', 'FORWARD', conntrack, accept)]
  equal(found(ufw), 'ip filter FORWARD policy?')
})

test('hooks, tables of ours and types that filter nothing are left out; a sure drop goes before a possible one', () => {
  const ours = [base('reconcile-1', 'forward', 'drop', 0, 'inet')]
  deepEqual(found([...ours, base('t', 'input', 'drop', 0, 'ip', 'input')]), null)
  const nat: NftItem = {
    chain: { family: 'ip', table: 'nat', name: 'f', type: 'nat', hook: 'forward', prio: 0, policy: 'drop' },
  }
  equal(found([nat]), null)
  const maybe = [base('t', 'c', 'accept', -5), rule('t', 'c', field('ip', 'saddr', '192.0.2.9'), drop)]
  equal(found([...maybe, base('u', 'c', 'drop', 5)]), 'ip u c policy')
})

test('chains that jump in a circle end', () => {
  const items = [
    base('t', 'c', 'drop'),
    rule('t', 'c', jump('a')),
    rule('t', 'a', jump('b')),
    rule('t', 'b', jump('a')),
  ]
  equal(found(items), 'ip t c policy')
})
