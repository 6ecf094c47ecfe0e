import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { planText } from '../../../../src/status/passes/plan.ts'
import * as facts from '../facts.ts'

const { desired, observed, observedHello, planOf, show } = facts

test('a plan for an empty host names every object, what it would do, why and where it is declared', () => {
  equal(
    planText(planOf(facts.firstSteps), desired(), observed([]), show),
    `  + volume    beat   create             not on this host            hello.yaml:15:13
  + container hello  create and start   not on this host            hello.yaml:4:13
        rootfs host   memory 64Mi   pids 32   mounts beat -> /data
plan: 2 to create, 0 to change, 0 to restart, 0 to recreate, 0 to remove. Nothing was changed.`,
  )
})

test('an edited limit is a change in place with its desired, recorded and kernel value', () => {
  const swap = { ...facts.memoryChange(192, 128, 128), field: 'memorySwapBytes' } as const
  const steps = [facts.memoryStep('limits-changed', [facts.memoryChange(96, 64, 64), swap])]
  equal(
    planText(planOf(steps), desired(), observed([observedHello(facts.running())]), show),
    `  ~ container hello  memory 64Mi -> 96Mi   in place, pid 4711 keeps running   hello.yaml:10:13
        desired 96Mi   recorded 64Mi   kernel 64Mi
plan: 0 to create, 1 to change in place, 0 to restart, 0 to recreate, 0 to remove. Nothing was changed.`,
  )
})

test('a plan without work says that all is as declared', () => {
  equal(planText(planOf([]), desired(), observed([]), show), 'nothing to do: 1 container and 1 volume are as declared')
})

test('bookkeeping is no pending work', () => {
  const step = facts.step(1, {
    action: { kind: 'record-exit', id: facts.helloId },
    reason: { code: 'exit-seen', exit: facts.withCode(0) },
    class: 'bookkeeping',
    position: null,
  })
  equal(
    planText(planOf([step]), desired(), observed([]), show),
    'nothing to do: 1 container and 1 volume are as declared',
  )
})

test('recreation and removal are one line each, with marks of their own', () => {
  const [, create, start] = facts.firstSteps
  if (!create || !start) throw new Error('no steps')
  const changed = { code: 'spec-changed', fields: ['spec.command', 'spec.env.TZ'] } as const
  const old = { ...facts.helloSubject, id: 'b'.repeat(64) }
  const steps = [
    { ...create, reason: changed, class: 'recreate' } as const,
    facts.step(4, {
      subject: old,
      action: { kind: 'delete-container', id: old.id, deleteVolumes: [] },
      reason: changed,
      class: 'recreate',
      position: null,
    }),
    { ...start, reason: changed, class: 'recreate' } as const,
    facts.step(5, {
      subject: { kind: 'container', name: 'old', id: 'c'.repeat(64) },
      action: { kind: 'begin-stop', id: 'c'.repeat(64), stop: { signal: 'SIGTERM', graceMs: 10_000 } },
      reason: { code: 'undeclared' },
      class: 'remove',
      position: null,
    }),
  ]
  equal(
    planText(planOf(steps), desired(), observed([]), show),
    `-/+ container hello  recreate          manifest changed: spec.command, spec.env.TZ   hello.yaml:4:13
        rootfs host   memory 64Mi   pids 32   mounts beat -> /data
  - container old    stop and remove   no longer declared
plan: 0 to create, 0 to change, 0 to restart, 1 to recreate, 1 to remove. Nothing was changed.`,
  )
})

test('what waits or is refused stands in the plan with the way out', () => {
  const plan = planOf(
    [],
    [
      {
        subject: facts.helloSubject,
        for: { code: 'back-off', untilMs: facts.nowMs + 1500, exit: facts.withCode(7), failedStart: null },
      },
    ],
    [
      {
        subject: { kind: 'volume', name: 'beat', id: null },
        refusal: { code: 'would-lose-data', usedBy: null },
        position: facts.at(15, 13),
      },
    ],
  )
  equal(
    planText(plan, desired(), observed([]), show),
    `  . container hello  waiting   restart in 2s: exited (7)
  x volume    beat   blocked   its data would be lost      hello.yaml:15:13
        declare \`removal: delete\`, or remove it with \`reconcile volumes rm beat\`
plan: 0 to create, 0 to change, 0 to restart, 0 to recreate, 0 to remove; 1 blocked. Nothing was changed.`,
  )
})

test('the values of env are shown by their size, unless they are asked for', () => {
  const [, create] = facts.firstSteps
  if (create?.action.kind !== 'create-container') throw new Error('no create')
  const { container } = create.action
  const withEnv = { ...container, spec: { ...container.spec, env: { TZ: 'UTC' } } }
  const plan = planOf([{ ...create, action: { ...create.action, container: withEnv } }])
  const line = (showValues: boolean) =>
    planText(plan, desired(), observed([]), { ...show, showValues })
      .split('\n')[1]
      ?.trim()
  deepEqual(
    [line(false), line(true)],
    [
      'rootfs host   memory 64Mi   pids 32   mounts beat -> /data   env TZ=…(3 bytes)',
      'rootfs host   memory 64Mi   pids 32   mounts beat -> /data   env TZ=UTC',
    ],
  )
})

test('limits of a container that does not run are for its next start, and a declared stop is no restart', () => {
  const change = facts.memoryStep('limits-changed', [{ ...facts.memoryChange(96, 64, 64), kernel: undefined }])
  if (change.action.kind !== 'update-limits') throw new Error('no limits')
  const steps = [
    { ...change, action: { ...change.action, kind: 'update-record' } } as const,
    facts.step(2, {
      action: { kind: 'begin-stop', id: facts.helloId, stop: { signal: 'SIGTERM', graceMs: 10_000 } },
      reason: { code: 'should-be-stopped' },
      class: 'restart',
      position: facts.at(9, 3),
    }),
  ]
  equal(
    planText(planOf(steps), desired(), observed([observedHello(facts.exited(facts.withCode(1)))]), show),
    `  ~ container hello  memory 64Mi -> 96Mi   in place, for its next start   hello.yaml:10:13
        desired 96Mi   recorded 64Mi
  ~ container hello  stop                  declared as stopped            hello.yaml:9:3
plan: 0 to create, 2 to change in place, 0 to restart, 0 to recreate, 0 to remove. Nothing was changed.`,
  )
})
