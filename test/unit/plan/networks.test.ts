import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { known } from '../../../src/model/errors.ts'
import type { DesiredContainer } from '../../../src/model/desired.ts'
import type { DesiredNetwork, Endpoints, NetworkUse, PublishedPort } from '../../../src/model/network.ts'
import type { ObservedNetwork, ObservedState } from '../../../src/model/observed.ts'
import { plan } from '../../../src/plan/plan.ts'
import { networkOf } from '../../support/arbitraries-networks.ts'
import { planLines } from '../../support/plan-text.ts'
import {
  containerOf,
  desiredOf,
  idOf,
  minting,
  observedOf,
  runningSince,
  seen,
  sourceOf,
  startMs,
} from '../../support/specs.ts'

const range = (subnet: string, gateway: string) => ({ subnet, gateway })
const use = (name: string, wish: Partial<NetworkUse> = {}): NetworkUse => ({
  name,
  aliases: [],
  address: null,
  address6: null,
  ...wish,
})
const port = (hostPort: number, hostAddress: string | null = null): PublishedPort => ({
  protocol: 'tcp',
  hostAddress,
  hostPort,
  containerPort: 80,
})
const on = (name: string, wish: Partial<DesiredContainer> = {}) =>
  containerOf(name, { networks: [use('front')], ...wish })

const front = (wish: Partial<DesiredNetwork> = {}) =>
  networkOf('front', { ipv4: range('10.1.0.0/24', '10.1.0.1'), ...wish })
const frontSeen = (wish: Partial<ObservedNetwork> = {}): ObservedNetwork => {
  const { positions: _positions, ...network } = front()
  return { ...network, ipv4: range('10.1.0.0/24', '10.1.0.1'), id: idOf(100), faults: known([]), ...wish }
}
const endpoint = (ipv4: string): Endpoints => ({ front: { networkId: idOf(100), interface: 'eth0', ipv4, ipv6: null } })

const linesOf = (
  containers: readonly DesiredContainer[],
  networks: readonly DesiredNetwork[],
  observed: Partial<ObservedState>,
  absent = {},
) =>
  planLines(plan(desiredOf(containers, { networks, absentSinceMs: absent }), observedOf(observed), minting())).split(
    '\n',
  )

const running = (container: DesiredContainer, id: number, endpoints: Endpoints) =>
  seen(container, runningSince(startMs - 9000), { id: idOf(id), endpoints, linkFaults: known([]) })

test('the lowest addresses are given out, beside the gateway, what is taken and what others declare for themselves', () => {
  const lines = linesOf([on('a'), on('b', { networks: [use('front', { address: '10.1.0.2' })] }), on('c')], [front()], {
    networks: [frontSeen()],
    containers: [running(on('c'), 3, endpoint('10.1.0.3'))],
  })
  deepEqual(
    lines.filter(line => line.includes('create-container')).map(line => / eth0 (\S+) on/.exec(line)?.[1]),
    ['10.1.0.4', '10.1.0.2'],
  )
})

test('an address stays with a container that is replaced', () => {
  const old = containerOf('a', { networks: [use('front')], spec: { command: ['old'] } })
  const lines = linesOf([on('a')], [front()], {
    networks: [frontSeen()],
    containers: [
      seen(
        old,
        { phase: 'exited', exit: { kind: 'code', code: 0, atMs: 1 }, startedAtMs: 0 },
        { endpoints: endpoint('10.1.0.77') },
      ),
    ],
  })
  equal(
    lines.some(line => line.includes('create-container eth0 10.1.0.77 on front')),
    true,
    lines.join('\n'),
  )
})

test('a port has one holder: who publishes it already, a program of the host, or the first', () => {
  const b = on('b', { ports: [port(80)] })
  const taken = linesOf([on('a', { ports: [port(80, '127.0.0.1')] }), b, on('c', { ports: [port(81)] })], [front()], {
    networks: [frontSeen()],
    containers: [running(b, 2, endpoint('10.1.0.2'))],
    listeners: [{ protocol: 'tcp', hostAddress: '::1', hostPort: 81, holder: 'nginx (pid 12)' }],
  }).filter(line => line.startsWith('blocked'))
  deepEqual(
    taken.map(line => /\((.*)\)/.exec(line)?.[1]),
    ['port 127.0.0.1:80/tcp is taken by container b', 'port 81/tcp is taken by nginx (pid 12)'],
  )
})

test('what takes a port that is published already changes nothing for who publishes it', () => {
  const b = on('b', { ports: [port(80)] })
  const lines = linesOf([b], [front()], {
    networks: [frontSeen()],
    containers: [running(b, 2, endpoint('10.1.0.2'))],
    listeners: [{ protocol: 'tcp', hostAddress: null, hostPort: 80, holder: 'nginx (pid 12)' }],
  })
  deepEqual(lines, [''])
})

test('a network without room refuses who comes last', () => {
  const small = front({ ipv4: range('10.1.0.0/30', '10.1.0.1') })
  const lines = linesOf([on('a'), on('b')], [small], {})
  equal(
    lines.some(line => line.startsWith('blocked container b: addresses-exhausted')),
    true,
    lines.join('\n'),
  )
})

test('other networks and published ports come to a running container; nothing stops', () => {
  const back = networkOf('back', { ipv4: range('10.2.0.0/24', '10.2.0.1') })
  const before = on('a')
  const after = on('a', { networks: [use('back'), use('front')], ports: [port(80)] })
  const lines = linesOf([after], [front(), back], {
    networks: [frontSeen()],
    ruleset: known('absent'),
    containers: [running(before, 1, endpoint('10.1.0.9'))],
  })
  equal(
    lines.some(line => line.includes('connect-container eth0 10.1.0.9 on front, eth1 10.2.0.2 on back')),
    true,
    lines.join('\n'),
  )
  equal(
    lines.some(line => line.includes('apply-ruleset') && line.includes('80/tcp=10.2.0.2:80')),
    true,
    lines.join('\n'),
  )
  equal(
    lines.some(line => /stop|create-container|start/.test(line)),
    false,
    lines.join('\n'),
  )
})

test('an undeclared network goes at the second look, and not while somebody is on it', () => {
  const absent = { 'network front': startMs - 3000 }
  const gone = linesOf([], [], { networks: [frontSeen()] }, absent)
  equal(
    gone.some(line => line.includes('network front: delete-network')),
    true,
    gone.join('\n'),
  )
  deepEqual(linesOf([], [], { networks: [frontSeen()] }), [
    `waiting network front: second-look until ${startMs + 2000}`,
  ])
  const used = linesOf(
    [on('a')],
    [],
    { networks: [frontSeen()], containers: [running(on('a'), 1, endpoint('10.1.0.2'))] },
    absent,
  )
  equal(
    used.some(line => line.startsWith('blocked network front: network-used')),
    true,
    used.join('\n'),
  )
  equal(
    used.some(line => line.includes('delete-network')),
    false,
    used.join('\n'),
  )
})

test('a network of another source is neither changed nor removed', () => {
  const others = frontSeen({ origin: { source: '/srv/others', file: '/srv/others/x.yaml', line: 1, column: 1 } })
  deepEqual(linesOf([], [], { networks: [others] }, { 'network front': 0 }), [''])
  const lines = linesOf([], [front({ internal: true })], { networks: [others] })
  deepEqual(
    lines.map(line => line.split(' at ')[0]),
    ['blocked network front: owned-by (/srv/others)'],
  )
})

test('chosen subnets keep clear of the host and of each other, in the order of names', () => {
  const lines = linesOf([], [networkOf('b'), networkOf('a'), front({ ipv4: range('10.200.1.0/24', '10.200.1.1') })], {
    subnets: [{ subnet: '10.200.0.0/25', by: 'a route', isBehindRouter: true }],
  })
  deepEqual(
    lines.map(line => /network (\w+): create-network (\S+),/.exec(line)?.slice(1).join(' ')),
    ['front 10.200.1.0/24', 'a 10.200.2.0/24', 'b 10.200.3.0/24'],
  )
})

test('two watchers of different sources want the same rules, also while a container of one of them waits for its restart', () => {
  const others = { source: '/srv/others', file: '/srv/others/x.yaml', line: 1, column: 1 }
  const b = on('b', { ports: [port(80)], origin: others })
  const exited = seen(
    b,
    { phase: 'exited', exit: { kind: 'code', code: 1, atMs: startMs - 10 }, startedAtMs: startMs - 20 },
    {
      id: idOf(2),
      endpoints: endpoint('10.1.0.2'),
      restarts: { count: 9, streak: 9, requestedAtMs: null, failedStart: null },
    },
  )
  const observed = {
    networks: [frontSeen({ origin: others })],
    containers: [exited],
    ruleset: known('absent' as const),
  }
  const rules = (lines: readonly string[]) =>
    lines.filter(line => line.includes('apply-ruleset')).map(line => line.replace(/^.*: |, ruleset.*/g, ''))
  const own = plan(desiredOf([b], { sources: [sourceOf({ name: '/srv/others' })] }), observedOf(observed), minting())
  deepEqual(rules(linesOf([], [], observed)), rules(planLines(own).split('\n')))
  equal(rules(linesOf([], [], observed))[0]?.includes('80/tcp=10.1.0.2:80'), true)
})
