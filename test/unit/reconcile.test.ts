import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { Mount } from '../../src/model/desired.ts'
import type { Result } from '../../src/model/errors.ts'
import type { Extent, ObservedContainer, ObservedState } from '../../src/model/observed.ts'
import type { StepFacts, StepOutcome } from '../../src/model/outcome.ts'
import type { Step } from '../../src/model/plan.ts'
import { type Host, reconcile } from '../../src/reconcile.ts'
import * as specs from '../support/specs.ts'

type Act = (step: Step) => Promise<Result<StepFacts>>

const turn = () => new Promise(resolve => setImmediate(resolve))
const done = { ok: true, value: {} } as const
const refused = { ok: false, error: { code: 'E_IO', message: 'no space left' } } as const

/** A pass that makes and starts so many containers. */
async function passOf(count: number, execute: Act, signal = new AbortController().signal) {
  const containers = Array.from({ length: count }, (_, index) => specs.containerOf(`c${index}`))
  const told: StepOutcome[] = []
  const host: Host = {
    observe: async () => specs.observedOf(),
    mint: specs.minting(),
    execute,
    onStep: outcome => told.push(outcome),
    elapsedMs: () => 0,
  }
  return { outcome: await reconcile(specs.desiredOf(containers), host, signal), told }
}

const text = ({ step, result }: StepOutcome) => `${step.action.kind} ${step.subject.name}: ${result}`

test('steps run side by side, eight at most, and a start never before its container is made', async () => {
  const made = new Set<string>()
  let [running, most] = [0, 0]
  const { outcome } = await passOf(30, async step => {
    most = Math.max(most, ++running)
    if (step.action.kind === 'start-container') ok(made.has(step.subject.name))
    await turn()
    made.add(step.subject.name)
    running--
    return done
  })
  equal(most, 8)
  equal(outcome.steps.length, 60)
})

test('outcomes are told as steps end, and listed as the plan has them', async () => {
  const { outcome, told } = await passOf(2, async ({ subject }) => {
    for (let turns = subject.name === 'c0' ? 5 : 1; turns > 0; turns--) await turn()
    return done
  })
  const [createdFirst, startedFirst, createdSecond, startedSecond] = outcome.steps.map(text)
  deepEqual(told.map(text), [createdSecond, startedSecond, createdFirst, startedFirst])
  deepEqual(
    outcome.steps.map(({ step }) => step.id),
    [1, 2, 3, 4],
  )
})

test('a failed step spares what depends on it, and nothing else', async () => {
  const { outcome } = await passOf(2, async ({ subject }) => (subject.name === 'c0' ? refused : done))
  deepEqual(outcome.steps.map(text), [
    'create-container c0: failed',
    'start-container c0: skipped',
    'create-container c1: done',
    'start-container c1: done',
  ])
  equal(outcome.retryAfterMs, 1000)
})

test('after a cancellation nothing new begins, and what runs is waited for', async () => {
  const abort = new AbortController()
  let ended = 0
  const act: Act = async () => {
    abort.abort()
    await turn()
    ended++
    return done
  }
  const { outcome } = await passOf(20, act, abort.signal)
  equal(outcome.steps.length, 40)
  equal(outcome.steps.filter(({ result }) => result === 'done').length, ended)
  ok(outcome.steps.every(step => step.result === 'done' || (step.result === 'skipped' && step.because === 'cancelled')))
})

test('an executor that throws ends the pass only after the steps beside it', async () => {
  let running = 0
  const act: Act = async ({ subject }) => {
    running++
    await turn()
    if (subject.name !== 'c0') await turn()
    running--
    if (subject.name === 'c0') throw new Error('broken')
    return done
  }
  await rejects(passOf(5, act), /broken/)
  equal(running, 0)
})

const web = specs.containerOf('web', { limits: { memoryBytes: 64 * specs.mib } })
function running(memoryBytes: number): ObservedContainer {
  const container = specs.seen(web, specs.runningSince(1))
  return { ...container, kernelLimits: { known: true, value: { ...container.recordedLimits, memoryBytes } } }
}

/** A host that remembers one state and, looked at from the ground, shows another; with the extents that were asked for. */
async function passOverMemory(touched: ObservedState, all: ObservedState, wanted = web) {
  const asked: Extent[] = []
  const host: Host = {
    observe: async (_, extent) => (asked.push(extent), extent === 'all' ? all : touched),
    mint: specs.minting(),
    execute: async () => done,
    onStep: () => {},
    elapsedMs: () => 0,
  }
  const outcome = await reconcile(specs.desiredOf([wanted]), host, new AbortController().signal)
  return { asked, steps: outcome.steps.map(text) }
}
const seeing = (...containers: ObservedContainer[]) => specs.observedOf({ containers })

test('what is only remembered causes no step: all is read before', async () => {
  const none = { ...seeing(), fresh: new Set<string>() }
  deepEqual(await passOverMemory(none, seeing(running(64 * specs.mib))), { asked: ['touched', 'all'], steps: [] })
  const drifted = seeing(running(32 * specs.mib))
  const remembered = { ...drifted, fresh: new Set<string>() }
  deepEqual((await passOverMemory(remembered, seeing(running(64 * specs.mib)))).steps, [])
})

test('limits of a container that was just read are set without reading the others', async () => {
  const drifted = { ...seeing(running(32 * specs.mib)), fresh: new Set([specs.idOf(1)]) }
  deepEqual(await passOverMemory(drifted, seeing()), { asked: ['touched'], steps: ['update-limits web: done'] })
})

const crashed = { phase: { known: true, value: specs.exitedWith(1) }, exitRecorded: false } as const
const requiring: Mount = {
  type: 'bind',
  source: '/data',
  target: '/data',
  readOnly: false,
  recursive: true,
  propagation: 'rprivate',
  createSource: false,
  requireMount: true,
}

test('what was just seen to have ended is started again without reading the others', async () => {
  const ended = { ...specs.seen(web, specs.runningSince(1)), ...crashed }
  const state = { ...seeing(ended), fresh: new Set([specs.idOf(1)]) }
  deepEqual(await passOverMemory(state, seeing()), {
    asked: ['touched'],
    steps: ['record-exit web: done', 'start-container web: done'],
  })
})

test('a disk that was mounted some time ago is looked at before anything starts on it', async () => {
  const onDisk = specs.containerOf('web', { spec: { mounts: [requiring] } })
  const ended = { ...specs.seen(onDisk, specs.runningSince(1)), ...crashed }
  const state = { ...seeing(ended), fresh: new Set([specs.idOf(1)]) }
  const gone = { ...seeing(ended), unmountedSources: ['/data'] }
  deepEqual(await passOverMemory(state, gone, onDisk), {
    asked: ['touched', 'all'],
    steps: [],
  })
})
