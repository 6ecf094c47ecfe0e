import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { Action } from '../../../src/model/action.ts'
import type { Step } from '../../../src/model/plan.ts'
import { turns } from '../../../src/plan/schedule.ts'

const step = (id: number, name: string, action: Action, after: readonly number[] = []): Step => ({
  id,
  subject: { kind: 'name' in action ? 'volume' : 'container', name, id: null },
  action,
  reason: { code: 'missing' },
  class: 'create',
  after,
  position: null,
})
const adopt = (id: string): Action => ({ kind: 'adopt-container', id })
const remove = (id: string, ...deleteVolumes: string[]): Action => ({ kind: 'delete-container', id, deleteVolumes })
const make = (name: string): Action => ({ kind: 'create-volume', name, volume: null, anonymous: true })

const behind = (...steps: Step[]) => turns(steps).map(turn => [turn.step.id, turn.behind])

test('steps about different objects stand behind nothing but what `after` names', () => {
  deepEqual(behind(step(1, 'a', adopt('aa')), step(2, 'b', adopt('bb')), step(3, 'c', adopt('cc'), [1])), [
    [1, []],
    [2, []],
    [3, [1]],
  ])
})

test('steps of one name keep their order, each behind the one before', () => {
  deepEqual(behind(step(1, 'a', adopt('aa')), step(2, 'a', adopt('bb')), step(3, 'a', adopt('aa'), [1])), [
    [1, []],
    [2, [1]],
    [3, [1, 2]],
  ])
})

test('steps about one id or one volume keep their order, whatever their subject', () => {
  deepEqual(
    behind(
      step(1, 'a', adopt('aa')),
      step(2, 'b', adopt('aa')),
      step(3, 'c', remove('cc', 'v')),
      step(4, 'v', make('v')),
    ),
    [
      [1, []],
      [2, [1]],
      [3, []],
      [4, [3]],
    ],
  )
})
