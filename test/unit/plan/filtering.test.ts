// Networks whose owners filter by themselves (`firewall: none`): no rule of ours is for them.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { withDefaultNetworks } from '../../../src/model/default-networks.ts'
import { known } from '../../../src/model/errors.ts'
import type { DesiredContainer } from '../../../src/model/desired.ts'
import type { DesiredNetwork, PublishedPort } from '../../../src/model/network.ts'
import type { ObservedNetwork, ObservedState } from '../../../src/model/observed.ts'
import { rulesetNetwork, rulesRevision } from '../../../src/model/ruleset.ts'
import { plan } from '../../../src/plan/plan.ts'
import { bridgeOf } from '../../../src/runtime/link-plans.ts'
import { networkOf } from '../../support/arbitraries-networks.ts'
import { planLines } from '../../support/plan-text.ts'
import { containerOf, desiredOf, idOf, minting, observedOf, runningSince, seen, startMs } from '../../support/specs.ts'

const subnets = { front: '10.1.0', back: '10.2.0' } as const
type Name = keyof typeof subnets

const declared = (name: Name, wish: Partial<DesiredNetwork> = {}) =>
  networkOf(name, { ipv4: { subnet: `${subnets[name]}.0/24`, gateway: `${subnets[name]}.1` }, ...wish })
const recorded = (name: Name, wish: Partial<ObservedNetwork> = {}): ObservedNetwork => {
  const { positions: _positions, ipv4: _ipv4, ...network } = declared(name)
  const ipv4 = { subnet: `${subnets[name]}.0/24`, gateway: `${subnets[name]}.1` }
  return { ...network, ipv4, id: idOf(name === 'front' ? 100 : 101), faults: known([]), ...wish }
}
const port: PublishedPort = { protocol: 'tcp', hostAddress: null, hostPort: 8080, containerPort: 80 }
const on = (name: string, networks: readonly Name[], ports: readonly PublishedPort[] = []) =>
  containerOf(name, {
    networks: networks.map(one => ({ name: one, aliases: [], address: null, address6: null })),
    ...(ports.length === 0 ? {} : { ports }),
  })
const planOf = (
  containers: readonly DesiredContainer[],
  networks: readonly DesiredNetwork[],
  observed: Partial<ObservedState>,
) => plan(desiredOf(containers, { networks }), observedOf(observed), minting())
const rulesOf = (steps: ReturnType<typeof planOf>['steps']) =>
  steps.flatMap(({ action }) => (action.kind === 'apply-ruleset' ? [action.ruleset] : []))

const why = 'the program nft is missing (package nftables)'
const without = (ipv4: string | null = null, ipv6: string | null = null) => ({
  noFilter: { why, forwards: { ipv4, ipv6 } },
})

test('rules are for the filtered networks alone, and none where there is no such', () => {
  const observed = { ruleset: known('absent' as const) }
  const both = [declared('front', { filtered: false }), declared('back')]
  const [rules] = rulesOf(planOf([on('aa', ['front']), on('bb', ['back'])], both, observed).steps)
  deepEqual(
    rules?.networks.map(({ subnet }) => subnet),
    ['10.2.0.0/24'],
  )
  deepEqual(rulesOf(planOf([on('aa', ['front'])], both.slice(0, 1), observed).steps), [])
})

test('it changes in place, both ways, under running members', () => {
  const container = on('aa', ['front'])
  const endpoints = { front: { networkId: idOf(100), interface: 'eth0', ipv4: '10.1.0.2', ipv6: null } }
  const running = seen(container, runningSince(startMs - 9000), { id: idOf(1), endpoints, linkFaults: known([]) })
  const withRules = known({
    revision: rulesRevision,
    networks: [rulesetNetwork(recorded('front'))],
    ports: [],
  })
  const toNone = planOf([container], [declared('front', { filtered: false })], {
    containers: [running],
    networks: [recorded('front')],
    ruleset: withRules,
  })
  deepEqual(
    toNone.steps.map(({ action, class: disturbs, after }) => [action.kind, disturbs, after]),
    [
      ['update-network', 'in-place', []],
      ['apply-ruleset', 'in-place', [1]],
    ],
  )
  deepEqual(rulesOf(toNone.steps), [null])
  const back = planOf([container], [declared('front')], {
    containers: [running],
    networks: [recorded('front', { filtered: false })],
    ruleset: known('absent'),
  })
  deepEqual(
    back.steps.map(({ action, reason }) => [action.kind, reason]),
    [
      ['apply-ruleset', { code: 'ruleset-outdated' }],
      ['update-network', { code: 'record-changed', fields: ['spec.firewall'] }],
    ],
  )
  deepEqual(rulesOf(back.steps), [withRules.known ? withRules.value : null])
})

test('a port leads to the first network that is not internal: by rules where that one is filtered, else by the proxy alone', () => {
  const networks = [declared('front', { filtered: false }), declared('back')]
  const observed = { ruleset: known('absent' as const) }
  const [rules] = rulesOf(planOf([on('aa', ['back', 'front'], [port])], networks, observed).steps)
  deepEqual(
    rules?.ports.map(({ ipv4 }) => ipv4),
    ['10.2.0.2'],
  )
  const proxied = (of: Partial<ObservedState>, open: readonly Name[]) => {
    const { steps, blocked } = planOf([on('aa', open, [port])], networks, { ...of, proxied: known([]) })
    deepEqual(blocked, [])
    deepEqual(rulesOf(steps).flatMap(one => one?.ports ?? []).length, isFilteredFirst(of, open) ? 1 : 0)
    return steps.flatMap(({ action }) => (action.kind === 'start-container' ? (action.proxied ?? []) : []))
  }
  const isFilteredFirst = ({ noFilter }: Partial<ObservedState>, open: readonly Name[]) =>
    noFilter === undefined && open[0] === 'back'
  deepEqual(proxied(observed, ['back', 'front']), ['tcp [::]:8080 10.2.0.2:80'])
  deepEqual(proxied(observed, ['front', 'back']), ['tcp 0.0.0.0:8080 10.1.0.2:80', 'tcp [::]:8080 10.1.0.2:80'])
  deepEqual(proxied(without(), ['back', 'front']), ['tcp 0.0.0.0:8080 10.2.0.2:80', 'tcp [::]:8080 10.2.0.2:80'])
})

test("without rules nobody keeps a network's members from the host's loopback, so nothing leads there", () => {
  const { faults: _faults, ...front } = recorded('front')
  equal(bridgeOf('0123456789ab', front).routeLocalnet, true)
  equal(bridgeOf('0123456789ab', { ...front, filtered: false }).routeLocalnet, false)
})

const six = { ipv6: { subnet: 'fd00:77::/64', gateway: 'fd00:77::1' } }
const linesOf = (...args: Parameters<typeof planOf>) => planLines(planOf(...args)).split('\n')

test('where there is no packet filter and nothing is forwarded, networks are had all the same, and what is missing is said', () => {
  const networks = [declared('front', six), declared('back', { internal: true })]
  deepEqual(linesOf([on('aa', ['front', 'back'])], networks, without()), [
    '[] #1 network back: create-network 10.2.0.0/24, not found on this host at back.yaml:3:13 [create]',
    '[] #2 network front: create-network 10.1.0.0/24 fd00:77::/64, not found on this host at front.yaml:3:13 [create]',
    '[] #3 container aa (f00000000003): create-container eth0 10.1.0.2 fd00:77::2 on front, eth1 10.2.0.2 on back, not found on this host at aa.yaml:4:13 [create]',
    '[3 2 1] #4 container aa (f00000000003): start-container, created but not running at aa.yaml:4:13 [create]',
    `notice network front: without filter (${why})`,
  ])
  const opened = planOf([on('aa', ['front'])], networks, without()).steps.flatMap(({ action }) =>
    action.kind === 'create-network' ? [action.unguarded] : [],
  )
  deepEqual(opened, [true, true])
})

test('where packets are forwarded already, a network is refused, for its family alone; firewall: none accepts that', () => {
  const refused = (switches: ReturnType<typeof without>, wish: Partial<DesiredNetwork>) =>
    linesOf([], [declared('front', wish)], switches).filter(line => !/create-network/.test(line))
  const told = (setting: string) => [
    `blocked network front: no-filter (no packet filter: ${why}; ${setting} is 1, so networks would reach one another) at front.yaml:3:13`,
  ]
  deepEqual(refused(without('net.ipv4.ip_forward'), {}), told('net.ipv4.ip_forward'))
  deepEqual(refused(without('net.ipv4.ip_forward'), { internal: true }), told('net.ipv4.ip_forward'))
  const sixForwards = 'net.ipv6.conf.all.forwarding'
  deepEqual(refused(without(null, sixForwards), six), told(sixForwards))
  deepEqual(refused(without(null, sixForwards), {}), [`notice network front: without filter (${why})`])
  deepEqual(refused(without('net.ipv4.ip_forward'), { filtered: false }), [])
  deepEqual(refused(without(), { filtered: false }), [
    'notice network front: without forwarding (net.ipv4.ip_forward is 0, and without a packet filter it is left so)',
  ])
})

test('who is on a network that lost its filter stays, and nobody comes to it as long as packets are forwarded', () => {
  const endpoints = { front: { networkId: idOf(100), interface: 'eth0', ipv4: '10.1.0.2', ipv6: null } }
  const member = seen(on('aa', ['front']), runningSince(startMs - 9000), {
    id: idOf(1),
    endpoints,
    linkFaults: known([]),
  })
  const observed = { ...without('net.ipv4.ip_forward'), networks: [recorded('front')], containers: [member] }
  const lines = linesOf([on('aa', ['front']), on('bb', ['front'])], [declared('front')], observed)
  equal(lines.length, 2, lines.join('\n'))
  match(lines[0] ?? '', /^blocked network front: no-filter/)
  match(lines[1] ?? '', /^blocked container bb: no-filter .* at bb\.yaml/)
})

test('so it is with a default network: who is on it stays, and others are started without', () => {
  const origin = { source: '', file: '', line: 0, column: 0 }
  const bridge = { ...recorded('front', { origin }), name: 'bridge' }
  const endpoints = { bridge: { networkId: idOf(100), interface: 'eth0', ipv4: '10.1.0.2', ipv6: null } }
  const onBridge = (name: string) =>
    containerOf(name, { networks: [{ name: 'bridge', aliases: [], address: null, address6: null }] })
  const member = seen(onBridge('aa'), runningSince(startMs - 9000), { id: idOf(1), endpoints, linkFaults: known([]) })
  const observed = observedOf({ ...without('net.ipv4.ip_forward'), networks: [bridge], containers: [member] })
  const desired = withDefaultNetworks(desiredOf([containerOf('aa'), containerOf('bb')]), true)
  const lines = planLines(plan(desired, observed, minting())).split('\n')
  deepEqual(
    lines.map(line => line.replace(/^\[.*?\] /, '').replace(/,? not found.*| at bb.*/, '')),
    [
      '#1 container bb (f00000000001): create-container',
      '#2 container bb (f00000000001): start-container, created but not running',
      `notice network bridge: without isolation (${why}; net.ipv4.ip_forward is 1)`,
      `notice container bb: no network bridge (${why}; net.ipv4.ip_forward is 1)`,
    ],
  )
})

test('once there is a filter its rules come first, and what they guard is opened behind them', () => {
  const endpoints = { front: { networkId: idOf(100), interface: 'eth0', ipv4: '10.1.0.2', ipv6: null } }
  const member = seen(on('aa', ['front']), runningSince(startMs - 9000), {
    id: idOf(1),
    endpoints,
    linkFaults: known([]),
  })
  const faultOf = (field: string) => ({ field, desired: '1', kernel: '0', text: `${field} is 0` })
  const plannedBy = (ruleset: NonNullable<ObservedState['ruleset']>, ...fields: readonly string[]) =>
    planOf([on('aa', ['front'])], [declared('front')], {
      containers: [member],
      networks: [recorded('front', { faults: known(fields.map(faultOf)) })],
      ruleset,
    }).steps.map(({ action, after }) => [action.kind, 'unguarded' in action, after])
  deepEqual(plannedBy(known('absent'), 'net.ipv4.ip_forward', 'rc-1 route_localnet'), [
    ['apply-ruleset', false, []],
    ['update-network', false, [1]],
  ])
  deepEqual(plannedBy(known('absent'), 'net.ipv4.ip_forward', 'bridge rc-1'), [
    ['update-network', true, []],
    ['apply-ruleset', false, []],
    ['update-network', false, [2]],
  ])
  deepEqual(plannedBy(known('unmade')), [['apply-ruleset', false, []]])
  const applied = known({ revision: rulesRevision, networks: [rulesetNetwork(recorded('front'))], ports: [] })
  deepEqual(plannedBy(applied, 'net.ipv4.ip_forward'), [['update-network', false, []]])
})
