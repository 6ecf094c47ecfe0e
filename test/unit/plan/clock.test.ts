/** The clock of a host is set back by an hour, or forth by a day: nothing waits for the hour to come again, and nothing is taken for another run. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { absences } from '../../../src/cli/passes/absence.ts'
import { nextLookMs } from '../../../src/cli/loops/readiness-time.ts'
import { secondLookMs } from '../../../src/model/desired.ts'
import type { ObservedState } from '../../../src/model/observed.ts'
import { runPhase } from '../../../src/observe/phase.ts'
import { nextDeadlineMs } from '../../../src/plan/deadline.ts'
import { plan } from '../../../src/plan/plan.ts'
import { restartRequestMs } from '../../../src/supervise/restart.ts'
import { planLines } from '../../support/plan-text.ts'
import * as specs from '../../support/specs.ts'

const [hour, day] = [3_600_000, 86_400_000]
const nowMs = 10 * day
const web = specs.containerOf('web')
const running = (sinceMs: number) => specs.seen(web, specs.runningSince(sinceMs))
const observed = (wish: Partial<ObservedState>) => specs.observedOf({ nowMs, ...wish })

test('what is no longer declared is removed after a second look all the same', () => {
  const state = observed({ containers: [running(0)] })
  for (const jumpMs of [-day, hour]) {
    const before = { 'container web': nowMs + jumpMs }
    const first = plan(specs.desiredOf([], { absentSinceMs: before }), state, specs.minting())
    if (jumpMs < 0) {
      ok(planLines(first).includes('begin-stop'))
      continue
    }
    equal(nextDeadlineMs(first, nowMs), secondLookMs)
    const later = { ...state, nowMs: nowMs + secondLookMs }
    const absentSinceMs = absences(first, { containers: [] }, before)
    ok(planLines(plan(specs.desiredOf([], { absentSinceMs }), later, specs.minting())).includes('begin-stop'))
  }
})

test('a stop that was lost is asked for again', () => {
  const stopped = specs.containerOf('web', { state: 'stopped' })
  const [container] = [specs.seen(stopped, specs.runningSince(0))]
  const of = (sinceMs: number) => {
    const operations = [
      { kind: 'stop', containerId: container.id, sinceMs, signal: 'SIGTERM', graceMs: 10_000 },
    ] as const
    return planLines(
      plan(specs.desiredOf([stopped]), observed({ containers: [container], operations }), specs.minting()),
    )
  }
  ok(of(nowMs + hour).includes('begin-stop'))
  ok(of(nowMs - day).includes('begin-stop'))
  ok(!of(nowMs - 500).includes('begin-stop'))
})

test('what runs since a later time counts as ready', () => {
  const desired = specs.desiredOf([web])
  const look = (sinceMs: number) => nextLookMs({ desired, observed: observed({ containers: [running(sinceMs)] }) })
  deepEqual([look(nowMs + hour), look(nowMs - day), look(nowMs)], [null, null, 250])
})

test('a restart that is asked for comes after the start that it is about', () => {
  const failedStart = { atMs: nowMs + 2 * hour, message: 'no', code: 1 }
  equal(restartRequestMs({ startedAtMs: nowMs + hour }, null, nowMs), nowMs + hour + 1)
  equal(restartRequestMs({ startedAtMs: nowMs + hour }, failedStart, nowMs), nowMs + 2 * hour + 1)
  equal(restartRequestMs({ startedAtMs: nowMs - day }, null, nowMs), nowMs)
  equal(restartRequestMs(null, null, nowMs), nowMs)
})

test('an exit belongs to the later run, whatever its times say', () => {
  const processOf = (pid: number, startTicks: string, bootId: string) => ({ pid, startTicks, bootId })
  const seen = (recordedBoot: string, endedBoot: string) =>
    runPhase({
      bootId: 'boot',
      nowMs,
      recordedRun: { process: processOf(70, '900', recordedBoot), startedAtMs: nowMs + hour },
      recordedStop: null,
      runState: null,
      exitRecord: {
        version: 1,
        containerId: 'c',
        ...processOf(71, '1000', endedBoot),
        startedAtMs: nowMs,
        finishedAtMs: nowMs + 10,
        code: 7,
        signal: null,
        oomKilled: false,
        stopRequested: false,
        logLinesLost: 0,
      },
      look: () => ({ is: 'gone' }),
      isLocked: () => false,
    }).phase
  for (const [recorded, ended] of [
    ['boot', 'boot'],
    ['earlier', 'boot'],
  ] as const) {
    const phase = seen(recorded, ended)
    equal(phase.phase === 'exited' && phase.exit.kind === 'code' && phase.exit.code, 7)
  }
  const phase = seen('boot', 'earlier')
  equal(phase.phase === 'exited' && phase.exit.kind, 'unknown')
})
