/** Users are promised: `doctor` names what on this host stops packets of containers, each cause once, with what to do. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { known, unknown } from '../../../src/model/errors.ts'
import type { NftItem } from '../../../src/model/packet-filter.ts'
import { driftTroubles, type HostNetworking, networkTroubles } from '../../../src/plan/network-troubles.ts'

const drops: NftItem = {
  chain: { family: 'ip', table: 'filter', name: 'FORWARD', type: 'filter', hook: 'forward', prio: 0, policy: 'drop' },
}
const fine: HostNetworking = {
  rules: known([]),
  noFilter: null,
  ownTable: 'reconcile-0123456789ab',
  legacyTables: [],
  bridges: ['rc-1'],
  incoming: 'eth0',
  forwards: true,
  filtersBridges: false,
  isRuled: false,
  hasStrictSources: true,
  defaultRoutes: 1,
}
const told = (rest: Partial<HostNetworking>) => networkTroubles({ ...fine, ...rest }).map(({ found }) => found)

test('a host that stops nothing has no line', () => {
  deepEqual(told({}), [])
  deepEqual(told({ filtersBridges: true }), [])
  deepEqual(told({ forwards: false, bridges: [] }), [])
})

test('one policy that stops all ways is one line, and one more where bridged packets go through the rules', () => {
  deepEqual(networkTroubles({ ...fine, rules: known([drops]) }), [
    {
      found:
        'policy drop of chain FORWARD in table ip filter: packets to published ports, answers of published ports, what containers send out',
      advice: '`iptables -I FORWARD -i rc-1 -j ACCEPT` and `iptables -I FORWARD -o rc-1 -j ACCEPT`',
    },
  ])
  deepEqual(told({ rules: known([drops]), filtersBridges: true }).slice(1), [
    'bridged packets go through the rules (net.bridge.bridge-nf-call-iptables is 1): policy drop of chain FORWARD in table ip filter: containers of one network',
  ])
})

test('what a rule of iptables might let through is told as possible', () => {
  const expr = [{ xt: { type: 'match', name: 'conntrack' } }, { accept: null }]
  const rule = { family: 'ip', table: 'filter', chain: 'FORWARD', handle: 3, expr }
  deepEqual(told({ rules: known([drops, { rule }]) }), [
    'perhaps, policy drop of chain FORWARD in table ip filter: packets to published ports, answers of published ports, what containers send out',
  ])
})

test('rules that are not seen, forwarding and strict sources', () => {
  deepEqual(told({ rules: unknown('nft: no') }), ['rules are not readable: nft: no'])
  deepEqual(told({ legacyTables: ['nat', 'filter'] }), [
    'iptables-legacy has tables nat, filter, of which nft shows nothing',
  ])
  deepEqual(told({ forwards: false }), ['net.ipv4.ip_forward is 0'])
  deepEqual(told({ defaultRoutes: 2 }), [
    'rp_filter is strict, and there are 2 default routes: what comes in by the other link is dropped',
  ])
})

test('a host without a packet filter has one line, which says what is missing, or why networks are refused', () => {
  const without = (ipv4: string | null, ipv6: string | null) => ({
    rules: unknown('no nft'),
    noFilter: { why: 'no nft', forwards: { ipv4, ipv6 } },
    defaultRoutes: 2,
  })
  deepEqual(told(without(null, null)), [
    'no packet filter: no nft: containers reach no other hosts, and ports go by the proxy',
  ])
  deepEqual(told(without('net.ipv4.ip_forward', null)), [
    'no packet filter: no nft; net.ipv4.ip_forward is 1: networks are refused',
  ])
  deepEqual(told({ ...without(null, 'net.ipv6.conf.all.forwarding'), legacyTables: ['filter'] }), [
    'no packet filter: no nft; net.ipv6.conf.all.forwarding is 1: networks with IPv6 are refused',
    'iptables-legacy has the table filter, of which nft shows nothing',
  ])
})

test('a network that is not as applied, and rules of ours that are gone, are told; forwarding of the host is told once', () => {
  const fault = (field: string, text: string) => ({ field, desired: 'x', kernel: 'y', text })
  const shop = { name: 'shop', faults: known([fault('rc-1', 'rc-1 is down'), fault('net.ipv4.ip_forward', 'is 0')]) }
  deepEqual(driftTroubles([shop, { name: 'back', faults: known([]) }]), [
    { found: 'network shop: rc-1 is down', advice: 'a watcher or `reconcile --once` puts it right' },
  ])
  deepEqual(told({ isRuled: true }), [`table inet ${fine.ownTable} is missing: published ports answer nobody`])
  const own = { chain: { family: 'inet', table: fine.ownTable, name: 'publish' } }
  deepEqual(told({ isRuled: true, rules: known([own]) }), [])
})
