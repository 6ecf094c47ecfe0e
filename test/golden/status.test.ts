import { equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { driftReport, driftText } from '../../src/status/objects/drift.ts'
import { outcomeLines } from '../../src/status/passes/outcome.ts'
import { ansi } from '../../src/status/text/paint.ts'
import { planText } from '../../src/status/passes/plan.ts'
import { noteStop, stepLine, subjectLine } from '../../src/status/passes/step.ts'
import * as facts from '../unit/status/facts.ts'

const golden = (name: string) => readFileSync(new URL(`status/${name}`, import.meta.url), 'utf8')
const ready = { ready: 1, total: 1, failed: [], notReady: [] }
const { done, scene, show } = facts

/** The life of one container from an empty host to `down`, as a person reads it. */
function session(): string[] {
  const change = facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64)])
  const before = facts.observed([facts.observedHello(facts.running())])
  const drifted = facts.observed([facts.observedHello(facts.running(), 96, 32)])
  const readBack = { limitsReadBack: { memoryBytes: 96 * facts.mib } }
  const first = facts.firstSteps.map(step => done(step, { pid: 4711, limitsReadBack: { pids: 32 } }))
  return [
    planText(facts.planOf(facts.firstSteps), facts.desired(), facts.observed([]), show),
    ...first.map(outcome => stepLine(outcome, scene) ?? ''),
    ...outcomeLines({ steps: first, last: facts.outcome({}), readiness: ready, ms: 640 }, show),
    ...outcomeLines({ steps: [], last: facts.outcome({}), readiness: ready, ms: 9 }, show),
    planText(facts.planOf([change]), facts.desired([facts.hello(96)]), before, show),
    stepLine(done(change, readBack), scene) ?? '',
    driftText(driftReport(facts.desired([facts.hello(96)]), drifted), show),
    stepLine(done(facts.memoryStep('drifted', [facts.memoryChange(96, 96, 32)]), readBack), scene) ?? '',
    ...downLines(),
  ]
}

function downLines(): string[] {
  const undeclared = { reason: { code: 'undeclared' }, class: 'remove', position: null } as const
  const stop = facts.step(1, {
    action: { kind: 'begin-stop', id: facts.helloId, stop: { signal: 'SIGTERM', graceMs: 10_000 } },
    ...undeclared,
  })
  const remove = facts.step(1, {
    action: { kind: 'delete-container', id: facts.helloId, deleteVolumes: [] },
    ...undeclared,
  })
  const exit = { kind: 'signal', signal: 15, oom: false, atMs: facts.nowMs } as const
  const observed = facts.observed([facts.observedHello(facts.exited(exit))])
  const stops = noteStop(new Map(), done(stop), facts.nowMs - 31)
  return [
    stepLine(done(remove), { ...scene, observed, stops }) ?? '',
    subjectLine(' ', 'volume', 'beat', 'kept; remove with `reconcile volumes rm beat`', scene),
  ]
}

test('the life of one container reads like this', () => {
  equal(`${session().join('\n')}\n`, golden('session.txt'))
})

test('colour is in the marks and the details, and says nothing that the text does not', () => {
  const painted = planText(facts.planOf(facts.firstSteps), facts.desired(), facts.observed([]), {
    ...show,
    paint: ansi,
  })
  const bare = planText(facts.planOf(facts.firstSteps), facts.desired(), facts.observed([]), show)
  equal(painted.includes('\u001b[32m  +\u001b[0m volume'), true)
  equal(painted.replaceAll(new RegExp('\u001b\\[\\d+m', 'g'), ''), bare)
})
