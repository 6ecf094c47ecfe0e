/** Users are promised: each way in which links, addresses or routes differ from what was applied is told by its field, and what programs add for themselves is not. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { LinkFault } from '../../../src/model/network-facts.ts'
import { bridgeFaults, interfaceFaults } from '../../../src/observe/link-faults.ts'
import type { Bridge, PlanInterface, SeenLink, SeenNetwork } from '../../../src/runtime/network.ts'

const bridge: Bridge = {
  name: 'rc-1',
  alias: 'reconcile:r:network:1',
  mtu: 1500,
  addresses: ['10.1.0.1/24', 'fd01::1/64'],
}
const wanted: PlanInterface = {
  name: 'eth0',
  hostName: 'rv1a',
  alias: 'reconcile:r:container:c:1',
  bridge: 'rc-1',
  mac: '02:42:0a:01:00:02',
  mtu: 1500,
  addresses: ['10.1.0.2/24'],
  gateways: ['10.1.0.1'],
}
const link = (name: string, index: number, rest: Partial<SeenLink> = {}): SeenLink => ({
  index,
  name,
  alias: null,
  kind: 'veth',
  mac: null,
  mtu: 1500,
  up: true,
  master: null,
  peer: null,
  hairpin: null,
  ipv6: { disabled: true, acceptRa: 1 },
  guarded: null,
  addresses: [],
  ...rest,
})
const route = (destination: string, device: string, via: string | null = null) => ({
  destination,
  device,
  via,
  table: 254,
})
const onHost = (rest: Partial<SeenLink> = {}, outer: Partial<SeenLink> = {}): SeenNetwork => ({
  links: [
    link('rc-1', 3, { kind: 'bridge', alias: bridge.alias, addresses: bridge.addresses, ...rest }),
    link('rv1a', 5, { master: 'rc-1', peer: 2, hairpin: true, ...outer }),
  ],
  routes: [route('10.1.0.0/24', 'rc-1'), route('fd01::/64', 'rc-1')],
})
const inside = (rest: Partial<SeenLink> = {}): SeenNetwork => ({
  links: [link('eth0', 2, { peer: 5, mac: wanted.mac, addresses: wanted.addresses, ...rest })],
  routes: [route('10.1.0.0/24', 'eth0'), route('0.0.0.0/0', 'eth0', '10.1.0.1')],
})
const told = (faults: readonly LinkFault[]) =>
  faults.map(({ field, desired, kernel }) => `${field}: ${desired} -> ${kernel}`)

test('as applied is no fault, and what a program adds is its own', () => {
  deepEqual(bridgeFaults(bridge, onHost()), [])
  deepEqual(interfaceFaults(wanted, inside({ addresses: ['10.1.0.2/24', '192.0.2.7/32'] }), onHost()), [])
})

test('a bridge: missing, renamed, down, wrong in mtu, addresses, alias or routes', () => {
  const without = { ...onHost(), links: [] }
  deepEqual(told(bridgeFaults(bridge, without)), ['bridge rc-1: there -> missing'])
  deepEqual(told(bridgeFaults(bridge, onHost({ name: 'mine' }))), ['bridge rc-1: rc-1 -> mine'])
  deepEqual(told(bridgeFaults(bridge, onHost({ up: false }))), ['rc-1: up -> down'])
  deepEqual(told(bridgeFaults(bridge, onHost({ mtu: 1400 }))), ['rc-1 mtu: 1500 -> 1400'])
  deepEqual(told(bridgeFaults(bridge, onHost({ alias: null }))), ['rc-1 alias: reconcile:r:network:1 -> none'])
  deepEqual(told(bridgeFaults(bridge, onHost({ addresses: ['10.1.0.1/24', '10.9.0.1/24'] }))), [
    'rc-1 address: fd01::1/64 -> missing',
    'rc-1 address: none -> 10.9.0.1/24',
  ])
  deepEqual(told(bridgeFaults(bridge, { ...onHost(), routes: [] })), [
    'rc-1 route: 10.1.0.0/24 -> missing',
    'rc-1 route: fd01::/64 -> missing',
  ])
})

test('switches of IPv6: off without an address of it, else on, and no word of neighbours; what the manifest sets is its own', () => {
  const on = { disabled: false, acceptRa: 0 }
  const six = { ...wanted, addresses: [...wanted.addresses, 'fd01::2/64'] }
  const own = (ipv6: SeenLink['ipv6']): SeenNetwork => {
    const { links, routes } = inside({ ipv6, addresses: six.addresses })
    return { links, routes: [...routes, route('fd01::/64', 'eth0')] }
  }
  deepEqual(told(interfaceFaults(wanted, inside({ ipv6: on }), onHost())), ['eth0 disable_ipv6: 1 -> 0'])
  deepEqual(told(interfaceFaults(wanted, inside({ ipv6: null }), onHost())), [])
  deepEqual(told(interfaceFaults(six, own(on), onHost())), [])
  const spoilt = { disabled: true, acceptRa: 2 }
  deepEqual(told(interfaceFaults(six, own(spoilt), onHost())), ['eth0 disable_ipv6: 0 -> 1', 'eth0 accept_ra: 0 -> 2'])
  const declared = { 'net.ipv6.conf.all.disable_ipv6': '1', 'net.ipv6.conf.eth0.accept_ra': '2' }
  deepEqual(told(interfaceFaults(six, own(spoilt), onHost(), declared)), [])
})

test('an interface: missing, elsewhere, down, wrong in mtu, mac, address, bridge, hairpin mode, guard or routes', () => {
  const faults = (own: SeenNetwork, host = onHost()) => told(interfaceFaults(wanted, own, host))
  deepEqual(faults({ ...inside(), links: [] }), ['eth0: there -> missing'])
  deepEqual(faults(inside({ peer: 9 })), ['eth0 pair: rv1a -> another'])
  deepEqual(faults({ links: inside({ up: false }).links, routes: [] }), ['eth0: up -> down'])
  deepEqual(faults(inside({ mtu: 1400 })), ['eth0 mtu: 1500 -> 1400'])
  deepEqual(faults(inside({ mac: '02:00:00:00:00:01' })), ['eth0 mac: 02:42:0a:01:00:02 -> 02:00:00:00:00:01'])
  deepEqual(faults(inside({ addresses: ['10.1.0.9/24'] })), ['eth0 address: 10.1.0.2/24 -> missing'])
  deepEqual(faults(inside(), onHost({}, { up: false })), ['eth0 host end: up -> down'])
  deepEqual(faults(inside(), onHost({}, { master: null, hairpin: null })), ['eth0 bridge: rc-1 -> none'])
  deepEqual(faults(inside(), onHost({}, { hairpin: false })), ['eth0 hairpin: on -> off'])
  const guarded = (seen: boolean | null) =>
    told(interfaceFaults({ ...wanted, guarded: true }, inside(), onHost({}, { guarded: seen })))
  deepEqual([guarded(true), guarded(false), guarded(null)], [[], ['eth0 guard: on -> off'], []])
  deepEqual(faults({ ...inside(), routes: [] }), [
    'eth0 route: 10.1.0.0/24 -> missing',
    'eth0 default route: 10.1.0.1 -> missing',
  ])
})
