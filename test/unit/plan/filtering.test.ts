// Networks whose owners filter by themselves (`firewall: none`): no rule of ours is for them.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { known } from '../../../src/model/errors.ts'
import type { DesiredContainer } from '../../../src/model/desired.ts'
import type { DesiredNetwork, PublishedPort } from '../../../src/model/network.ts'
import type { ObservedNetwork, ObservedState } from '../../../src/model/observed.ts'
import { rulesetNetwork } from '../../../src/model/ruleset.ts'
import { plan } from '../../../src/plan/plan.ts'
import { bridgeOf } from '../../../src/runtime/link-plans.ts'
import { networkOf } from '../../support/arbitraries-networks.ts'
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
  const withRules = known({ networks: [rulesetNetwork(recorded('front'))], ports: [] })
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
      ['update-network', { code: 'record-changed', fields: ['spec.firewall'] }],
      ['apply-ruleset', { code: 'ruleset-outdated' }],
    ],
  )
  deepEqual(rulesOf(back.steps), [withRules.known ? withRules.value : null])
})

test('a port leads to the first network that is not internal: it is published by rules where that one is filtered', () => {
  const networks = [declared('front', { filtered: false }), declared('back')]
  const observed = { ruleset: known('absent' as const) }
  const [rules] = rulesOf(planOf([on('aa', ['back', 'front'], [port])], networks, observed).steps)
  deepEqual(
    rules?.ports.map(({ ipv4 }) => ipv4),
    ['10.2.0.2'],
  )
  const { blocked } = planOf([on('aa', ['front', 'back'], [port])], networks, observed)
  match(JSON.stringify(blocked), /port-unreachable.*network front has no packet filter/)
})

test("without rules nobody keeps a network's members from the host's loopback, so nothing leads there", () => {
  const { faults: _faults, ...front } = recorded('front')
  equal(bridgeOf('0123456789ab', front).routeLocalnet, true)
  equal(bridgeOf('0123456789ab', { ...front, filtered: false }).routeLocalnet, false)
})
