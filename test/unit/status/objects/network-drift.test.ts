/** Users are promised: `drift` tells what is not as applied of interfaces, networks and the packet filter, with its exit code; and `why` keeps a line of what was put right. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { known } from '../../../../src/model/errors.ts'
import type { LinkFault } from '../../../../src/model/network-facts.ts'
import type { ObservedNetwork } from '../../../../src/model/observed.ts'
import type { StepOutcome } from '../../../../src/model/outcome.ts'
import type { Step } from '../../../../src/model/plan.ts'
import { exitCodeOfDrift } from '../../../../src/status/exit-code.ts'
import { driftReport, driftText } from '../../../../src/status/objects/drift.ts'
import { driftNames } from '../../../../src/status/objects/drifted.ts'
import { historyOf, namesFailure, sharedRepair } from '../../../../src/status/objects/history.ts'
import { networkMembers, networksTable } from '../../../../src/status/objects/networks.ts'
import * as facts from '../facts.ts'

const id = 'b'.repeat(64)
const endpoints = { shop: { networkId: id, interface: 'eth0', ipv4: '10.200.0.2', ipv6: null } }
const lost: LinkFault = {
  field: 'eth0 address',
  desired: '10.200.0.2/24',
  kernel: 'missing',
  text: 'eth0 lacks 10.200.0.2/24',
}
const off: LinkFault = { field: 'net.ipv4.ip_forward', desired: '1', kernel: '0', text: 'net.ipv4.ip_forward is 0' }
const hello = (faults: readonly LinkFault[]) => ({
  ...facts.observedHello(facts.running(), 64),
  endpoints,
  linkFaults: known(faults),
})
const shop = (faults: readonly LinkFault[]): ObservedNetwork => ({
  id,
  name: 'shop',
  labels: {},
  ipv4: { subnet: '10.200.0.0/24', gateway: '10.200.0.1' },
  ipv6: null,
  masquerade: true,
  internal: false,
  mtu: 1500,
  origin: { ...facts.at(20, 1), source: '/srv' },
  faults: known(faults),
})
const applied: Step = {
  id: 1,
  subject: { kind: 'ruleset', name: 'nftables', id: null },
  action: { kind: 'apply-ruleset', ruleset: null },
  reason: { code: 'ruleset-drifted' },
  class: 'in-place',
  after: [],
  position: null,
}
const report = (
  ofHello: readonly LinkFault[],
  ofShop: readonly LinkFault[],
  rest: Parameters<typeof driftReport>[2] = {},
) =>
  driftReport(
    facts.desired([facts.hello()]),
    {
      ...facts.observed([hello(ofHello)]),
      networks: [shop(ofShop)],
      ruleset: known('absent'),
    },
    rest,
  )

test('interfaces, networks and rules that are as applied are no drift', () => {
  const none = report([], [])
  equal(driftText(none, facts.show), 'nothing has drifted: 1 container and 1 network are as last applied')
  equal(exitCodeOfDrift(none), 0)
})

test('an interface, a switch and the rules: each has its line', () => {
  const all = report([lost], [off], { steps: [applied] })
  equal(
    driftText(all, facts.show),
    `  ! container hello     eth0 address          desired 10.200.0.2/24   recorded 10.200.0.2/24   kernel missing   in place: reconnect
  ! network   shop      net.ipv4.ip_forward   desired 1               recorded 1               kernel 0         in place: write 1
  ! ruleset   nftables  rules                 desired as applied      recorded as applied      kernel absent    in place: apply
1 of 1 container and 1 of 1 network and the packet filter have drifted. \`reconcile --once\` repairs them.`,
  )
  equal(exitCodeOfDrift(all), 2)
  deepEqual(all.networks, { drifted: 1, total: 1 })
})

test('no repair is promised of interfaces that are only reported', () => {
  const left = [{ subject: facts.helloSubject, why: { code: 'report', fields: ['eth0 address'] } }] as const
  const only = report([lost], [], { left })
  deepEqual(only.drifts[0]?.repair, 'reported only')
  equal(driftText(only, facts.show).split('\n').at(-1), '1 of 1 container has drifted.')
})

test('what was put right is told in one line of the history of each container that it concerns', () => {
  const moment = { pass: 7, atMs: facts.nowMs }
  const reason = { code: 'links-drifted', faults: [lost.text], fields: [lost.field] } as const
  const action = { kind: 'connect-container', id: facts.helloId, process: null, endpoints } as const
  const own = facts.done(facts.step(1, { action, reason, class: 'in-place', position: null }))
  deepEqual(historyOf([own], moment, facts.show), {
    ...moment,
    what: 'reconnected, in place',
    why: 'eth0 lacks 10.200.0.2/24',
    position: null,
  })
  deepEqual(sharedRepair(facts.done(applied), moment), {
    ...moment,
    what: 'packet filter applied again',
    why: 'somebody changed the packet filter',
    position: null,
  })
  equal(sharedRepair(own, moment), null)
})

test('a resolver that is lost is drift of whom it answered; `why` and `doctor` have what became of it', () => {
  const fault = {
    field: 'names',
    desired: 'answered',
    kernel: 'resolver (pid 7) hangs',
    text: '127.0.0.11 does not answer',
  }
  const container = { ...hello([]), serviceFaults: known([fault]) }
  const told = driftReport(facts.desired([facts.hello()]), { ...facts.observed([container]), networks: [shop([])] })
  equal(
    driftText(told, facts.show).split('\n')[0],
    '  ! container hello  names   desired answered   recorded answered   kernel resolver (pid 7) hangs   in place: serve',
  )
  deepEqual(driftNames(container), known(['names']))
  const [use] = networkMembers([shop([])], [container])
  deepEqual(use?.unserved, ['hello'])
  match(networksTable(use === undefined ? [] : [use], facts.show), / open, drifted /)
  const step: Step = {
    ...applied,
    subject: { kind: 'resolver', name: '127.0.0.11', id: null },
    action: { kind: 'serve-names', runs: [] },
    reason: { code: 'unserved', count: 1, silent: 7 },
  }
  const error = { code: 'E_NETWORK', message: 'no room' } as const
  const line = (outcome: StepOutcome) => sharedRepair(outcome, { pass: 3, atMs: 5 })
  const served = line({ step, result: 'done', facts: {}, ms: 1 })
  deepEqual(
    [served?.what, served?.why],
    ['names served, in place', 'the resolver (pid 7) hangs: nobody answers 1 container'],
  )
  const failed = line({ step, result: 'failed', error, ms: 1 })
  equal(failed?.what, 'names not served: no room')
  equal(namesFailure(failed === null ? [] : [failed]), 'no room')
  equal(namesFailure(served === null ? [] : [served]), null)
})
