import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  planJson,
  psJson,
  runJson,
  stepOutcomeJson,
  validateJson,
  volumesJson,
  whyJson,
} from '../../../src/status/json.ts'
import type { PsEntry } from '../../../src/status/objects/state-word.ts'
import * as facts from './facts.ts'

const { observedHello } = facts
const roundTrip = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const change = facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64)])
const changed = {
  id: 1,
  kind: 'container',
  name: 'hello',
  objectId: facts.helloId,
  action: 'update-limits',
  class: 'in-place',
  reason: {
    code: 'limits-changed',
    changes: [{ field: 'memory', desired: 96 * facts.mib, recorded: 64 * facts.mib, kernel: 64 * facts.mib }],
    text: 'manifest changed',
  },
  position: { file: '/srv/manifests/hello.yaml', line: 10, column: 13 },
  after: [],
}
const entry: PsEntry = {
  container: observedHello(facts.running(), 96, 32),
  memoryUsedBytes: 4096,
  pidsUsed: 2,
  watch: 'gone',
  commit: null,
  stopping: false,
  waiting: null,
}

test('a plan as JSON counts what is pending and keeps every reason with its evidence', () => {
  deepEqual(roundTrip(planJson(facts.planOf([change]), facts.desired(), facts.observed([]))), {
    pending: { create: 0, change: 1, restart: 0, recreate: 0, remove: 0 },
    steps: [changed],
    waiting: [],
    blocked: [],
    left: [],
    notices: [],
    problems: [],
  })
})

test('a run as JSON has a verdict, what is ready, and each step as it ended', () => {
  const readiness = { ready: 1, total: 1, failed: [], notReady: [] }
  const steps = [facts.done(change, { limitsReadBack: { memoryBytes: 96 * facts.mib } })]
  deepEqual(roundTrip(runJson({ steps, last: facts.outcome({}), readiness, ms: 20 })), {
    verdict: 'converged',
    ...readiness,
    ms: 20,
    steps: [{ ...changed, result: 'done', ms: 12, limitsReadBack: { memoryBytes: 96 * facts.mib } }],
    waiting: [],
    blocked: [],
    left: [],
    notices: [],
    problems: [],
  })
  const error = { code: 'E_CGROUP', message: 'busy (EBUSY)' } as const
  deepEqual(roundTrip(stepOutcomeJson({ result: 'failed', step: change, ms: 1, error })), {
    ...changed,
    result: 'failed',
    ms: 1,
    error,
  })
})

test('ps as JSON has bytes and counts where the table has words', () => {
  deepEqual(roundTrip(psJson([entry], facts.nowMs)), [
    {
      name: 'hello',
      id: facts.helloId,
      state: 'running 3s, unwatched',
      phase: 'running',
      pid: 4711,
      startedAt: '2026-11-25T22:29:57.000Z',
      exit: null,
      watch: 'gone',
      commit: null,
      drift: ['memory'],
      memory: { used: 4096, limit: 32 * facts.mib },
      pids: { used: 2, limit: 32 },
      restarts: 0,
      health: null,
      networks: {},
      ports: [],
      image: null,
      source: { file: '/srv/manifests/hello.yaml', line: 4, column: 13, source: '/srv/manifests' },
    },
  ])
})

test('why as JSON has the history and the part of the plan that is about this container', () => {
  const history = [{ atMs: facts.nowMs, pass: 1, what: 'created', why: 'not on this host', position: null }]
  const other = { ...change, subject: { ...facts.helloSubject, name: 'other' } }
  deepEqual(roundTrip(whyJson({ entry, history, plan: facts.planOf([other, change]) }, facts.nowMs)), {
    name: 'hello',
    state: 'running 3s, unwatched',
    commit: null,
    health: null,
    history: [{ at: '2026-11-25T22:30:00.000Z', pass: 1, what: 'created', why: 'not on this host', position: null }],
    plan: { steps: [changed], waiting: [], blocked: [], left: [], notices: [] },
    ports: [],
  })
})

test('the values of env are in no plan, run or list', () => {
  const [, create] = facts.firstSteps
  if (create?.action.kind !== 'create-container') throw new Error('no create')
  const { container } = create.action
  const secret = { ...container, spec: { ...container.spec, env: { TOKEN: 'hunter2' } } }
  const step = { ...create, action: { ...create.action, container: secret } }
  const desired = facts.desired([secret])
  const texts = [
    planJson(facts.planOf([step]), desired, facts.observed([])),
    stepOutcomeJson(facts.done(step)),
    validateJson(1, desired),
  ]
  equal(JSON.stringify(texts).includes('hunter2'), false)
})

test('volumes as JSON name who uses them', () => {
  const volume = { name: 'beat', origin: null, removal: 'keep', labels: {}, anonymous: false } as const
  deepEqual(roundTrip(volumesJson([{ volume, usedBy: ['hello'] }])), [
    { name: 'beat', anonymous: false, removal: 'keep', labels: {}, usedBy: ['hello'], source: null },
  ])
})
