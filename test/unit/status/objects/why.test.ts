import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { ObservedContainer } from '../../../../src/model/observed.ts'
import type { StepOutcome } from '../../../../src/model/outcome.ts'
import type { Plan } from '../../../../src/model/plan.ts'
import type { HistoryEntry } from '../../../../src/model/record.ts'
import { historyOf, unwatchedEntry } from '../../../../src/status/objects/history.ts'
import { whyText } from '../../../../src/status/objects/why.ts'
import * as facts from '../facts.ts'

const { done, nowMs, observedHello, planOf, show } = facts
const moment = (pass: number) => ({ pass, atMs: nowMs + pass * 1000 })

function pastOfHello(): HistoryEntry[] {
  const [, create, start] = facts.firstSteps
  if (!create || !start) throw new Error('no steps')
  const edited = facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64)])
  const healed = facts.memoryStep('drifted', [facts.memoryChange(96, 96, 32)])
  const told: readonly (readonly [number, readonly StepOutcome[]])[] = [
    [1, [done(create), done(start, { pid: 4711 })]],
    [3, [done(edited)]],
    [4, [done(healed)]],
  ]
  return [
    ...told.flatMap(([pass, outcomes]) => historyOf(outcomes, moment(pass), show) ?? []),
    unwatchedEntry({ project: null, name: 'hello' }, 5200, moment(5)),
  ]
}

const why = (container: ObservedContainer, plan: Plan | null, history: readonly HistoryEntry[] = []) =>
  whyText(
    {
      entry: {
        container,
        memoryUsedBytes: null,
        pidsUsed: null,
        watch: 'live',
        commit: null,
        stopping: false,
        waiting: null,
      },
      history,
      plan,
      observed: facts.observed([container]),
    },
    show,
  )

test('why tells what each pass did and for what reason', () => {
  equal(
    why(observedHello(facts.running(), 96), planOf([]), pastOfHello()),
    `hello is running as declared.
  2026-11-25 22:30:01Z  pass 1  created and started, pid 4711      not on this host            hello.yaml:4:13
  2026-11-25 22:30:03Z  pass 3  memory 64Mi -> 96Mi, in place      manifest changed            hello.yaml:10:13
  2026-11-25 22:30:04Z  pass 4  memory 32Mi -> 96Mi, in place      kernel differed from the record; no pass of ours wrote it
  2026-11-25 22:30:05Z  pass 5  nothing to do                      no watcher for 5.2s; hello kept running`,
  )
})

test('a step that failed is told with its error, and bookkeeping is not told', () => {
  const [volume, create] = facts.firstSteps
  if (!create || !volume) throw new Error('no steps')
  const error = { code: 'E_IO', message: 'no space left on device (ENOSPC)' } as const
  const entry = historyOf([{ result: 'failed', step: create, ms: 1, error }], moment(2), show)
  equal(entry?.what, 'not created: no space left on device (ENOSPC)')
  equal(historyOf([done(volume)], moment(2), show), null)
})

test('the end of a process is told once in its line', () => {
  const exit = facts.withCode(3)
  const step = facts.step(1, {
    action: { kind: 'record-exit', id: facts.helloId },
    reason: { code: 'exit-seen', exit },
    class: 'bookkeeping',
    position: null,
  })
  const entry = historyOf([done(step)], moment(2), show)
  deepEqual([entry?.what, entry?.why], ['exited (3)', 'its process ended'])
})

test('the first sentence says how the present differs from what is declared', () => {
  const pending = planOf([facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64)])])
  deepEqual(
    [
      why(observedHello(facts.running(), 96, 32), null),
      why(observedHello(facts.running(), 64), pending),
      why(observedHello(facts.exited(facts.withCode(7))), planOf([])),
    ],
    [
      'hello is running, but memory is 32Mi in the kernel instead of 96Mi.',
      `hello is running, but not as declared.
  next: memory 64Mi -> 96Mi   in place, pid 4711 keeps running`,
      'hello is not running: exited (7) 2s.',
    ],
  )
})

test('what waits or is refused comes with the way out', () => {
  const subject = facts.helloSubject
  const failed = { subject, refusal: { code: 'failed', exit: facts.withCode(7) }, position: null } as const
  equal(
    why(observedHello(facts.exited(facts.withCode(7))), planOf([], [], [failed])),
    `hello is not running: exited (7) 2s.
  blocked: exited (7); final for this spec
        see \`reconcile logs hello\`; \`reconcile restart hello\` or a changed spec runs it again`,
  )
  const waiting = { subject, for: { code: 'stop', untilMs: nowMs + 8000 } } as const
  equal(
    why(observedHello(facts.running()), planOf([], [waiting])),
    `hello is running, but not as declared.
  waiting: for its stop; SIGKILL in 8s`,
  )
})

test('a container that only a watcher would start again says so', () => {
  const container = observedHello(facts.exited(facts.withCode(7)))
  const entry = {
    container,
    memoryUsedBytes: null,
    pidsUsed: null,
    watch: 'gone',
    commit: null,
    stopping: false,
    waiting: null,
  } as const
  equal(
    whyText({ entry, history: [], plan: null, observed: facts.observed([container]) }, show),
    `hello is not running: exited (7) 2s, unwatched.
        nobody watches it: \`reconcile --once\` or a watcher (\`reconcile DIR\`) starts it again`,
  )
})
