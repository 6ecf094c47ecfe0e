import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PullNews, type PullOne, Pulls } from '../../../../src/cli/pulls/pulls.ts'
import type { Pulled } from '../../../../src/image/pull.ts'
import type { Result } from '../../../../src/model/errors.ts'

const pulled: Pulled = { imageId: `sha256:${'a'.repeat(64)}`, digest: 'sha256:d', before: null, wasHere: false }

/** Pulls that end when the test says so, on a clock of its own. */
function lab() {
  const asked: { reference: string; signal: AbortSignal; end: (result: Result<Pulled>) => void }[] = []
  const pullOne: PullOne = (reference, onProgress, signal) => {
    onProgress({ layer: 'sha256:l', state: 'moving', doneBytes: 1, keptBytes: 0, totalBytes: 4 })
    return new Promise(resolve => asked.push({ reference, signal, end: resolve }))
  }
  const clock = { ms: 1000, ticks: [] as (() => void)[] }
  const pulls = new Pulls(pullOne, {
    nowMs: () => clock.ms,
    every: (_ms, callback) => {
      clock.ticks.push(callback)
      return () => void clock.ticks.splice(clock.ticks.indexOf(callback), 1)
    },
  })
  const news: PullNews[] = []
  pulls.onNews(one => news.push(one))
  const end = async (index: number, result: Result<Pulled>) => {
    asked[index]?.end(result)
    await new Promise(setImmediate)
  }
  return { asked, clock, pulls, news, end }
}

const failure = { ok: false, error: { code: 'E_REGISTRY_UNREACHABLE', message: 'no route to host' } } as const

test('one pull a reference runs at a time, others beside it', () => {
  const { asked, pulls } = lab()
  for (const reference of ['nginx:1', 'nginx:1', 'redis:7']) pulls.begin(reference)
  assert.deepEqual(
    asked.map(({ reference }) => reference),
    ['nginx:1', 'redis:7'],
  )
  assert.deepEqual(pulls.seen().operations, [
    { kind: 'pull', reference: 'nginx:1', sinceMs: 1000 },
    { kind: 'pull', reference: 'redis:7', sinceMs: 1000 },
  ])
})

test('begin, layers, now and then a sign of life, and the end of a pull are news, and is known from then on', async () => {
  const { clock, pulls, news, end } = lab()
  pulls.begin('nginx:1')
  clock.ms = 3500
  clock.ticks.forEach(tick => tick())
  await end(0, { ok: true, value: pulled })
  assert.deepEqual(
    news.map(({ kind, ms }) => [kind, ms]),
    [
      ['begun', 0],
      ['layer', 0],
      ['moving', 2500],
      ['pulled', 2500],
    ],
  )
  assert.deepEqual(pulls.seen(), {
    operations: [],
    pullFailures: {},
    pullsDone: { 'nginx:1': { atMs: 3500, id: pulled.imageId } },
  })
  assert.deepEqual(clock.ticks, [])
})

test('failures in a row are counted, tell when the next try is, and are forgotten after a good pull', async () => {
  const { pulls, news, end } = lab()
  for (const index of [0, 1]) {
    pulls.begin('nginx:1')
    await end(index, failure)
  }
  assert.deepEqual(pulls.seen().pullFailures, { 'nginx:1': { atMs: 1000, attempts: 2, message: 'no route to host' } })
  assert.deepEqual(
    news.flatMap(one => (one.kind === 'failed' ? [[one.attempts, one.nextMs]] : [])),
    [
      [1, 5000],
      [2, 10_000],
    ],
  )
  pulls.begin('nginx:1')
  await end(2, { ok: true, value: pulled })
  assert.deepEqual(pulls.seen().pullFailures, {})
})

test('a pull that throws is a failed pull', async () => {
  const pulls = new Pulls(async () => Promise.reject(new Error('a bug')), { nowMs: () => 5, every: () => () => {} })
  pulls.begin('nginx:1')
  await new Promise(setImmediate)
  assert.equal(pulls.seen().pullFailures['nginx:1']?.message, 'a bug')
})

test('closing breaks off what runs, waits for its end, and begins nothing more', async () => {
  const { asked, pulls, news, end } = lab()
  pulls.begin('nginx:1')
  let isClosed = false
  const closed = pulls.close().then(() => (isClosed = true))
  await new Promise(setImmediate)
  assert.deepEqual([asked[0]?.signal.aborted, isClosed], [true, false])
  await end(0, failure)
  await closed
  pulls.begin('redis:7')
  assert.deepEqual([asked.length, news.map(({ kind }) => kind)], [1, ['begun', 'layer']])
})
