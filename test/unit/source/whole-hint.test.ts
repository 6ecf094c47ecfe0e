/** A hint comes when what changed is whole: soon where somebody can tell, later where nobody can, never of a half. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hintWhenWhole, type IsBeingWritten } from '../../../src/source/whole-hint.ts'

function hints(isBeingWritten: IsBeingWritten) {
  const abort = new AbortController()
  const atMs: number[] = []
  const hint = hintWhenWhole(() => atMs.push(performance.now()), isBeingWritten, abort.signal)
  return { abort, atMs, hint }
}

async function first(atMs: readonly number[]): Promise<number> {
  while (atMs.length === 0) await sleep(1)
  return atMs[0] ?? 0
}

test('many changes in a row are one hint, after they have stopped', async () => {
  const { atMs, hint } = hints(() => false)
  for (let count = 0; count < 5; count += 1) hint(`/${count}`)
  await sleep(50)
  equal(atMs.length, 1)
  hint(null)
  await sleep(50)
  equal(atMs.length, 2)
})

test('a file that somebody still writes is waited for, and only as long as that', async () => {
  const written = new Set(['/a'])
  const { atMs, hint } = hints(path => written.has(path))
  hint('/a')
  hint('/b')
  await sleep(100)
  deepEqual(atMs, [])
  written.clear()
  await first(atMs)
  await sleep(50)
  equal(atMs.length, 1)
})

test('a writer who never ends delays a hint by a second at most', async () => {
  const { atMs, hint } = hints(() => true)
  const begunMs = performance.now()
  hint('/a')
  ok((await first(atMs)) - begunMs >= 999)
})

test('where nothing tells who writes, 25 ms of quiet are waited for', async () => {
  const { atMs, hint } = hints(() => null)
  const begunMs = performance.now()
  hint('/a')
  ok((await first(atMs)) - begunMs >= 24)
})

test('nothing is told after the signal has aborted', async () => {
  const { abort, atMs, hint } = hints(() => false)
  hint('/a')
  abort.abort()
  hint('/a')
  await sleep(50)
  deepEqual(atMs, [])
})
