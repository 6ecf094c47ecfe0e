import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoints, NetworkRecord } from '../../../src/model/network.ts'
import { bridgeOf, interfacesOf } from '../../../src/runtime/link-plans.ts'
import { idOf, originAt } from '../../support/specs.ts'

const network = (name: string, id: number, wish: Partial<NetworkRecord> = {}): NetworkRecord => ({
  version: 1,
  id: idOf(id),
  name,
  labels: {},
  ipv4: { subnet: `10.${id}.0.0/24`, gateway: `10.${id}.0.1` },
  ipv6: null,
  masquerade: true,
  internal: false,
  mtu: 1500,
  origin: originAt('/x.yaml'),
  ...wish,
})
const endpoint = (id: number, name: string) => ({
  networkId: idOf(id),
  interface: name,
  ipv4: `10.${id}.0.2`,
  ipv6: null,
})

const connected = (endpoints: Endpoints, add: readonly string[] = [], drop: readonly string[] = []) => ({
  id: idOf(7),
  endpoints,
  declaration: { spec: { capabilities: { add, drop } } },
})

test('every link that we make says whose it is, in names that the kernel takes', () => {
  const [inside] = interfacesOf('0123456789ab', connected({ a: endpoint(1, 'eth0') }), [network('a', 1)])
  const bridge = bridgeOf('0123456789ab', network('a', 1))
  equal(bridge.alias, `reconcile:0123456789ab:network:${idOf(1)}`)
  equal(inside?.alias, `reconcile:0123456789ab:container:${idOf(7)}:${idOf(1)}`)
  for (const name of [bridge.name, inside?.hostName ?? '']) equal(name.length, 15, name)
  equal(inside?.bridge, bridge.name)
  equal(inside?.mac, '02:42:0a:01:00:02')
})

test('the default route is on the first interface that leads outside', () => {
  const networks = [network('a', 1, { internal: true }), network('b', 2), network('c', 3)]
  const interfaces = interfacesOf(
    '0123456789ab',
    connected({ c: endpoint(3, 'eth2'), b: endpoint(2, 'eth1'), a: endpoint(1, 'eth0') }),
    networks,
  )
  deepEqual(
    interfaces.map(({ name, gateways }) => [name, gateways]),
    [
      ['eth0', []],
      ['eth1', ['10.2.0.1']],
      ['eth2', []],
    ],
  )
})

test('who may not change its addresses is held to them', () => {
  for (const [add, drop, guarded] of [
    [[], [], true],
    [['NET_RAW'], [], true],
    [['NET_ADMIN'], [], false],
    [['CAP_NET_ADMIN'], ['ALL'], false],
    [['ALL'], [], false],
    [['ALL'], ['NET_ADMIN'], true],
  ] as const)
    equal(
      interfacesOf('0123456789ab', connected({ a: endpoint(1, 'eth0') }, add, drop), [network('a', 1)])[0]?.guarded,
      guarded,
      `${add} ${drop}`,
    )
})
