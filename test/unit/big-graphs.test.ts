/** A thousand services, and a hundred that crash at once: a plan is made, and no more than a few things happen at a time. */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredContainer } from '../../src/model/desired.ts'
import type { ObservedState } from '../../src/model/observed.ts'
import type { Step } from '../../src/model/plan.ts'
import { reconcile } from '../../src/reconcile.ts'
import * as specs from '../support/specs.ts'

/** One pass; gives what it did in order, and how much at most at a time. */
async function pass(containers: readonly DesiredContainer[], observed: ObservedState) {
  const done: Step[] = []
  let [running, most] = [0, 0]
  await reconcile(
    specs.desiredOf(containers),
    {
      observe: async () => observed,
      mint: specs.minting(),
      execute: async step => {
        most = Math.max(most, ++running)
        await new Promise(resolve => setImmediate(resolve))
        running--
        done.push(step)
        return { ok: true, value: {} }
      },
      onStep: () => {},
      elapsedMs: () => 0,
    },
    new AbortController().signal,
  )
  return { done, most }
}

const container = (n: number, on: readonly number[]) => ({
  ...specs.containerOf(`c${n}`),
  dependsOn: on.map(each => ({ name: `c${each}`, condition: 'started', required: true, restartWith: false }) as const),
})
const size = 1000
const below = (n: number, width: number) =>
  n < width ? [] : Array.from({ length: width }, (_, k) => (Math.floor(n / width) - 1) * width + k)

for (const [shape, width] of [
  ['a chain', 1],
  ['25 levels, each of which needs all of the one below', 40],
] as const)
  test(`${size} services as ${shape} start in order in one pass`, { timeout: 60_000 }, async () => {
    const containers = Array.from({ length: size }, (_, n) => container(n, below(n, width)))
    const { done, most } = await pass(containers, specs.observedOf())
    const starts = done.filter(({ action }) => action.kind === 'start-container').map(({ subject }) => subject.name)
    equal(starts.length, size)
    const levels = starts.map(name => Math.floor(Number(name.slice(1)) / width))
    ok(levels.every((level, i) => i === 0 || level >= (levels[i - 1] ?? 0)))
    ok(most <= 8)
  })

test('a hundred that crash at once are started eight at a time', async () => {
  const wanted = Array.from({ length: 100 }, (_, n) => container(n, []))
  const containers = wanted.map((one, n) => ({ ...specs.seen(one, specs.exitedWith(1)), id: specs.idOf(n + 1) }))
  const { done, most } = await pass(wanted, specs.observedOf({ containers }))
  equal(done.filter(({ action }) => action.kind === 'start-container').length, 100)
  equal(most, 8)
})
