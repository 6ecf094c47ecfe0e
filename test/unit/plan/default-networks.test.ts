// A container that says nothing of networks is on its project's network, or on the data-root's bridge; they come and go with their users.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { bridgeNetwork, withDefaultNetworks } from '../../../src/model/default-networks.ts'
import type { DesiredContainer } from '../../../src/model/desired.ts'
import { known, unknown } from '../../../src/model/errors.ts'
import type { DesiredNetwork, Endpoints } from '../../../src/model/network.ts'
import type { ObservedNetwork, ObservedState } from '../../../src/model/observed.ts'
import { rulesRevision } from '../../../src/model/ruleset.ts'
import { plan } from '../../../src/plan/plan.ts'
import { networkOf } from '../../support/arbitraries-networks.ts'
import { planLines } from '../../support/plan-text.ts'
import { containerOf, desiredOf, idOf, minting, observedOf, runningSince, seen, startMs } from '../../support/specs.ts'

const planOf = (
  containers: readonly DesiredContainer[],
  observed: Partial<ObservedState>,
  networks: readonly DesiredNetwork[] = [],
  fills = true,
) => plan(withDefaultNetworks(desiredOf(containers, { networks }), fills), observedOf(observed), minting())
const linesOf = (...args: Parameters<typeof planOf>) => planLines(planOf(...args)).split('\n')

const nowhere = { source: '', file: '', line: 0, column: 0 }
const network = (name: string, index: number, origin = nowhere): ObservedNetwork => {
  const { positions: _positions, ...rest } = networkOf(name, { origin })
  return {
    ...rest,
    ipv4: { subnet: `10.200.${index}.0/24`, gateway: `10.200.${index}.1` },
    id: idOf(100 + index),
    faults: known([]),
  }
}
const bridge = network(bridgeNetwork, 0)
const endpoint = ({ name, id }: ObservedNetwork, ipv4: string): Endpoints => ({
  [name]: { networkId: id, interface: 'eth0', ipv4, ipv6: null },
})
const onBridge = (name: string) =>
  containerOf(name, { networks: [{ name: bridgeNetwork, aliases: [], address: null, address6: null }] })
const running = (container: DesiredContainer, id: number, endpoints: Endpoints = {}) =>
  seen(container, runningSince(startMs - 9000), { id: idOf(id), endpoints, linkFaults: known([]) })
const ruleset = known({
  revision: rulesRevision,
  networks: [
    {
      bridge: `rc-${bridge.id.slice(0, 12)}`,
      subnet: '10.200.0.0/24',
      subnet6: null,
      masquerade: true,
      internal: false,
    },
  ],
  ports: [],
})

const subjectsOf = (lines: readonly string[], kind: string) =>
  lines.flatMap(line => line.match(new RegExp(`#\\d+ (${kind} .*?),`))?.[1] ?? [])

test('a network is made for each project and one for who has none; who asks for nothing, or has the host, gets none', () => {
  const host = containerOf('hh')
  const lines = linesOf(
    [
      containerOf('aa'),
      containerOf('shop/bb'),
      containerOf('shop/cc'),
      containerOf('dd', { networks: [] }),
      { ...host, spec: { ...host.spec, namespaces: { ...host.spec.namespaces, net: 'host' } } },
    ],
    {},
  )
  deepEqual(subjectsOf(lines, 'network'), [
    'network bridge: create-network 10.200.0.0/24',
    'network shop_default: create-network 10.200.1.0/24',
  ])
  deepEqual(
    subjectsOf(lines, 'container').map(line => line.replace(/ \(\w+\)/, '').replace('container ', '')),
    [
      'aa: create-container eth0 10.200.0.2 on bridge',
      'aa: start-container',
      'dd: create-container',
      'dd: start-container',
      'hh: create-container',
      'hh: start-container',
      'shop/bb: create-container eth0 10.200.1.2 on shop_default',
      'shop/bb: start-container',
      'shop/cc: create-container eth0 10.200.1.3 on shop_default',
      'shop/cc: start-container',
    ],
  )
})

test('one that exists is used, and the packet filter is left alone where nothing changes in it', () => {
  const lines = linesOf([onBridge('aa'), containerOf('bb')], { networks: [bridge], ruleset })
  deepEqual(lines.filter(line => /network|ruleset/.test(line)).length, 0)
  deepEqual(
    lines.flatMap(line => line.match(/eth0 \S+ on \w+/)?.[0] ?? []),
    ['eth0 10.200.0.2 on bridge', 'eth0 10.200.0.3 on bridge'],
  )
})

test('a declared network of that name is the default one, and lives on for its users once nobody declares it', () => {
  const declared = networkOf('shop_default', { ipv4: { subnet: '10.9.0.0/24', gateway: '10.9.0.1' } })
  const lines = linesOf([containerOf('shop/aa')], {}, [declared])
  match(lines[0] ?? '', /network shop_default: create-network 10\.9\.0\.0\/24.* at shop_default\.yaml/)
  match(lines[1] ?? '', /eth0 10\.9\.0\.2 on shop_default/)
  const before = network('shop_default', 0, declared.origin)
  const users = containerOf('shop/aa', {
    networks: [{ name: 'shop_default', aliases: [], address: null, address6: null }],
  })
  const after = planOf([containerOf('shop/aa')], {
    containers: [running(users, 1, endpoint(before, '10.200.0.2'))],
    networks: [before],
    ruleset,
  })
  deepEqual(
    after.steps.map(({ subject, action, reason }) => [subject.name, action.kind, reason]),
    [['shop_default', 'update-network', { code: 'record-changed', fields: ['origin'] }]],
  )
  const back = planOf([], { networks: [network('shop_default', 0)], ruleset }, [declared])
  deepEqual(back.blocked, [])
  deepEqual(
    back.steps.map(({ action }) => action.kind),
    ['update-network', 'apply-ruleset'],
  )
})

test('the interface comes to a container that an earlier version started without, and it is not restarted for that', () => {
  deepEqual(linesOf([containerOf('aa')], { containers: [running(containerOf('aa'), 1)] }), [
    '[] #1 network bridge: create-network 10.200.0.0/24, not found on this host [create]',
    '[] #2 container aa (000000000001): update-record, record-changed spec.networks at aa.yaml:4:13 [in-place]',
    '[2 1] #3 container aa (000000000001): connect-container eth0 10.200.0.2 on bridge, record-changed spec.networks at aa.yaml:4:13 [in-place]',
  ])
})

test('it goes with the last container on it, and not before', () => {
  const kinds = (...args: Parameters<typeof planOf>) => planOf(...args).steps.map(({ action }) => action.kind)
  const one = running(onBridge('aa'), 1, endpoint(bridge, '10.200.0.2'))
  const another = running(onBridge('bb'), 2, endpoint(bridge, '10.200.0.3'))
  const alone = [containerOf('aa', { networks: [] })]
  deepEqual(kinds([], { containers: [], networks: [bridge], ruleset }), ['delete-network', 'apply-ruleset'])
  deepEqual(kinds(alone, { containers: [one], networks: [bridge], ruleset }), [
    'update-record',
    'connect-container',
    'delete-network',
    'apply-ruleset',
  ])
  const others = { ...another, origin: { ...another.origin, source: '/srv/others' } }
  deepEqual(kinds(alone, { containers: [one, others], networks: [bridge], ruleset }), [
    'update-record',
    'connect-container',
  ])
})

test('where networks can not be had, a container starts without and the plan says so; its ports are refused', () => {
  const why = 'nft took too long'
  const ports = [{ protocol: 'tcp', hostAddress: null, hostPort: 8080, containerPort: 80 }] as const
  const wanted = [containerOf('aa'), containerOf('bb', { ports })]
  deepEqual(linesOf(wanted, { ruleset: unknown(why) }), [
    '[] #1 container aa (f00000000001): create-container, not found on this host at aa.yaml:4:13 [create]',
    '[1] #2 container aa (f00000000001): start-container, created but not running at aa.yaml:4:13 [create]',
    `blocked container bb: port-unreachable (its ports can't be published: ${why}) at bb.yaml:4:13`,
    `notice container aa: no network bridge (${why})`,
  ])
  const started = running(onBridge('aa'), 1)
  deepEqual(planOf([containerOf('aa')], { containers: [started], ruleset: unknown(why) }).steps, [])
})

test('a kernel that makes no bridges is one where networks can not be had', () => {
  const noBridges = 'this kernel has no bridges and loads no modules'
  const declared = networkOf('front')
  const lines = linesOf([containerOf('aa')], { noBridges, ruleset: known('unmade') }, [declared])
  deepEqual(
    lines.map(line => line.replace(/,.*| at .*/, '')),
    [
      '[] #1 container aa (f00000000001): create-container',
      '[1] #2 container aa (f00000000001): start-container',
      `blocked network front: no-bridges (no networks here: ${noBridges})`,
      `notice container aa: no network bridge (${noBridges})`,
    ],
  )
})

test('without default networks nothing is made, but for who names one', () => {
  equal(
    planOf([containerOf('aa')], {}, [], false).steps.some(({ subject }) => subject.kind === 'network'),
    false,
  )
  match(linesOf([onBridge('aa')], {}, [], false)[0] ?? '', /network bridge: create-network/)
})
