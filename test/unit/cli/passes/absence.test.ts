import assert from 'node:assert/strict'
import { test } from 'node:test'
import { absences } from '../../../../src/cli/passes/absence.ts'
import type { DesiredContainer } from '../../../../src/model/desired.ts'
import type { Plan, Step, Waiting } from '../../../../src/model/plan.ts'

const subject = { kind: 'container', name: 'web', id: 'a'.repeat(64) } as const
const planOf = (part: Partial<Plan>): Plan => ({ steps: [], waiting: [], blocked: [], notices: [], ...part })
const waiting = (what: Waiting['for']) => planOf({ waiting: [{ subject, for: what }] })
const stopping = waiting({ code: 'stop', untilMs: 9000 })
const undeclared = planOf({ steps: [{ subject, reason: { code: 'undeclared' } } as unknown as Step] })
const nothing = { containers: [] }
const before = { 'container web': 1000 }

test('an absence counts from the first look', () => {
  assert.deepEqual(absences(waiting({ code: 'second-look', untilMs: 3000 }), nothing, {}), before)
  assert.deepEqual(absences(waiting({ code: 'second-look', untilMs: 9000 }), nothing, before), before)
  assert.deepEqual(absences(planOf({}), nothing, before), {})
})

test('what is being stopped to be removed is not looked at twice again', () => {
  assert.deepEqual(absences(undeclared, nothing, before), before)
  assert.deepEqual(absences(stopping, nothing, before), before)
  assert.deepEqual(absences(waiting({ code: 'dependant', name: 'other' }), nothing, before), before)
})

test('a stop of what is declared, or was never absent, is no absence', () => {
  const declared = { containers: [{ name: { project: null, name: 'web' } } as DesiredContainer] }
  assert.deepEqual(absences(stopping, declared, before), {})
  assert.deepEqual(absences(stopping, nothing, {}), {})
})
