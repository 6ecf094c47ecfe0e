import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { healthCheckOf, type HealthStatus } from '../../../../src/model/health.ts'
import type { ObservedContainer, Phase } from '../../../../src/model/observed.ts'
import type { Waiting } from '../../../../src/model/plan.ts'
import { psTable } from '../../../../src/status/objects/ps.ts'
import { type PsEntry, stateText } from '../../../../src/status/objects/state-word.ts'
import { lookOf } from '../../../support/model-looks.ts'
import * as facts from '../facts.ts'

const { mib, nowMs, observedHello, show } = facts
const entry = (container: ObservedContainer, rest: Partial<PsEntry> = {}): PsEntry => ({
  container,
  memoryUsedBytes: 2 * mib,
  pidsUsed: 2,
  watch: 'never',
  commit: null,
  stopping: false,
  waiting: null,
  ...rest,
})
const declaredHealth = {
  intervalMs: null,
  timeoutMs: null,
  startPeriodMs: null,
  startIntervalMs: null,
  retries: null,
  onUnhealthy: 'restart',
} as const
const backOff: Waiting = {
  subject: facts.helloSubject,
  for: { code: 'back-off', untilMs: nowMs + 900, exit: facts.withCode(7), failedStart: null },
}

test('ps shows state, drift, use and limits, restarts and the place of the declaration', () => {
  equal(
    psTable([entry(observedHello(facts.running()))], show),
    `NAME   ID            STATE       DRIFT  MEMORY      PIDS   RESTARTS  SOURCE
hello  a1b2c3d4e5f6  running 3s  none   2Mi / 64Mi  2 / 32 0         hello.yaml:4`,
  )
})

test('a container whose watcher died is unwatched', () => {
  const [, row] = psTable([entry(observedHello(facts.running(), 96), { watch: 'gone' })], show).split('\n')
  equal(row, 'hello  a1b2c3d4e5f6  running 3s, unwatched  none   2Mi / 96Mi  2 / 32 0         hello.yaml:4')
})

test('a check says behind the state what docker says, and that nobody makes it', () => {
  const check = healthCheckOf({ ...declaredHealth, probe: { kind: 'tcp', host: 'localhost', port: 80 } }, null)
  if (check === null) throw new Error('it has one')
  const at = (status: HealthStatus, watch: PsEntry['watch']) => {
    const health = { status, sinceMs: nowMs, failingStreak: 0, log: [], check, recorded: status }
    return stateText(entry({ ...observedHello(facts.running()), health }, { watch }), nowMs)
  }
  equal(at('healthy', 'live'), 'running 3s (healthy)')
  equal(at('starting', 'live'), 'running 3s (health: starting)')
  equal(at('unhealthy', 'never'), 'running 3s (unhealthy), unwatched')
})

test('a container is paused once it stands still as declared; what somebody else froze runs and has drifted', () => {
  const at = (state: 'running' | 'paused', frozen: boolean) => {
    const { declaration, ...rest } = observedHello(facts.running())
    const look = { known: true, value: lookOf({ frozen }) } as const
    const row = psTable([entry({ ...rest, declaration: { ...declaration, state }, look })], show).split('\n')[1]
    return row?.split(/ {2,}/).slice(2, 4)
  }
  deepEqual(at('paused', true), ['paused 3s', 'none'])
  deepEqual(at('paused', false), ['running 3s', 'frozen'])
  deepEqual(at('running', true), ['running 3s', 'frozen'])
})

test('what keeps a container from its start stands behind its end: a disk that is missing, a source that is gone', () => {
  const ended = observedHello(facts.exited(facts.withCode(7)))
  const of = (rest: Partial<PsEntry>) => stateText(entry(ended, { watch: 'live', ...rest }), nowMs)
  const waiting: Waiting = { subject: facts.helloSubject, for: { code: 'mount', path: '/mnt/disk' } }
  equal(of({ waiting }), 'exited (7) 2s, waiting for /mnt/disk to be mounted')
  const refusal = { code: 'bind-source', what: 'bind source', path: '/srv/x', why: 'it does not exist' } as const
  const blocked = { subject: facts.helloSubject, refusal, position: null }
  equal(of({ blocked }), 'exited (7) 2s, blocked: bind source /srv/x: it does not exist')
})

test('drift names the limits, and what does not run has none', () => {
  const stopped = { ...observedHello(facts.exited(facts.withCode(7))), kernelLimits: null }
  const unreadable: ObservedContainer = {
    ...observedHello(facts.running()),
    kernelLimits: { known: false, why: 'permission denied (EACCES)' },
  }
  const rows = [
    entry(observedHello(facts.running(), 96, 32)),
    entry(stopped, { memoryUsedBytes: null, pidsUsed: null }),
    entry(unreadable),
  ]
  deepEqual(
    rows.map(one => psTable([one], show).split('\n')[1]?.split(/ {2,}/).slice(3, 5)),
    [
      ['memory', '2Mi / 32Mi'],
      ['-', '-'],
      ['unknown', '2Mi / 64Mi'],
    ],
  )
})

test('each phase has its word', () => {
  const oneShot = (phase: Phase, state: 'running' | 'stopped' = 'running') => {
    const container = observedHello(phase)
    const restart = { policy: 'no', maxRetries: 0 } as const
    return { ...container, declaration: { ...container.declaration, restart, state } }
  }
  const oom = { kind: 'signal', signal: 9, oom: true, atMs: nowMs - 1000 } as const
  const lost = { kind: 'unknown', why: 'the machine was rebooted', atMs: nowMs - 60_000 } as const
  const failed = { ...observedHello({ phase: 'created' }), restarts: failedStart }
  const unread: ObservedContainer = { ...observedHello(facts.running()), phase: { known: false, why: 'EIO' } }
  deepEqual(
    [
      entry(observedHello({ phase: 'created' })),
      entry(observedHello({ phase: 'starting' })),
      entry(observedHello({ phase: 'deleting' })),
      entry(failed),
      entry(observedHello(facts.running()), { stopping: true }),
      entry(observedHello({ ...facts.running(), shim: 'lost' } as Phase)),
      entry(oneShot(facts.exited(facts.withCode(0, 300_000)))),
      entry(oneShot(facts.exited(facts.withCode(7)))),
      entry(oneShot(facts.exited(facts.withCode(143)), 'stopped')),
      entry(observedHello(facts.exited(facts.withCode(7))), { waiting: backOff, watch: 'live' }),
      entry(observedHello(facts.exited(facts.withCode(7))), { waiting: backOff }),
      entry(observedHello(facts.exited(oom))),
      entry(observedHello(facts.exited(lost))),
      entry(unread),
    ].map(one => stateText(one, nowMs)),
    [
      'created',
      'starting',
      'removing',
      'created, start failed, unwatched',
      'stopping',
      'running 3s, shim lost',
      'completed (0) 5m',
      'exited (7) 2s',
      'stopped (143) 2s',
      'exited (7) 2s, restart in 1s',
      'exited (7) 2s, unwatched',
      'exited (137), out of memory 1s, unwatched',
      'exited (unknown) 1m, unwatched',
      'unknown',
    ],
  )
})

const failedStart = {
  count: 0,
  streak: 0,
  requestedAtMs: null,
  failedStart: { atMs: nowMs, message: 'no such file', code: 127 },
}
