import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../../src/model/outcome.ts'
import { passLoop, type Next, type Timers } from '../../../src/watch/loop.ts'
import type { Trigger } from '../../../src/watch/trigger.ts'

/** Timers that fire only when the test says so; `due` tells what was asked for. */
function handTimers() {
  const set = new Map<() => void, number>()
  const timers: Timers = {
    after: (delayMs, callback) => {
      set.set(callback, delayMs)
      return () => set.delete(callback)
    },
  }
  const fire = (delayMs: number) => {
    for (const [callback, due] of set)
      if (due === delayMs) {
        set.delete(callback)
        callback()
      }
  }
  return { timers, fire, due: () => [...set.values()].sort((a, b) => a - b) }
}

const turn = () => new Promise(resolve => setImmediate(resolve))
const someOutcome = { steps: [] } as unknown as Outcome

type Setup = {
  readonly next?: (pass: number) => Next
  readonly fails?: (pass: number) => boolean
  readonly sweepMs?: number
}

function startLoop({ next, fails, sweepMs }: Setup) {
  const abort = new AbortController()
  const { timers, fire, due } = handTimers()
  const woken: string[][] = []
  const errors: unknown[] = []
  let post: (trigger: Trigger) => void = () => {}
  let connected = false
  let release = () => {}
  let held: Promise<void> | null = null
  const ended = passLoop(
    {
      pass: async kinds => {
        woken.push([...kinds].sort())
        if (held !== null) await held
        if (fails?.(woken.length)) throw new Error(`pass ${woken.length}`)
        return someOutcome
      },
      onOutcome: () => next?.(woken.length) ?? { retryAfterMs: null },
      onError: error => {
        errors.push(error)
        return false
      },
      connect: to => {
        post = to
        connected = true
        return () => {
          connected = false
        }
      },
      sweepMs: sweepMs ?? null,
      timers,
    },
    abort.signal,
  )
  const hold = () => {
    held = new Promise<void>(resolve => {
      release = () => {
        held = null
        resolve()
      }
    })
  }
  const stop = async () => {
    abort.abort()
    await ended
  }
  return {
    woken,
    errors,
    fire,
    due,
    hold,
    release: () => release(),
    stop,
    post: (trigger: Trigger) => post(trigger),
    isConnected: () => connected,
  }
}

test('the first pass is made at once, the next ones when something wakes the loop', async () => {
  const loop = startLoop({})
  await turn()
  assert.equal(loop.woken.length, 1)
  loop.post({ kind: 'exit', containerId: 'a' })
  await turn()
  assert.deepEqual(loop.woken[1], ['exit'])
  await loop.stop()
  assert.equal(loop.isConnected(), false)
})

test('whatever comes during a pass is one more pass', async () => {
  const loop = startLoop({})
  await turn()
  loop.hold()
  loop.post({ kind: 'timer' })
  await turn()
  for (let i = 0; i < 100; i++) loop.post({ kind: 'limits', containerId: `${i}` })
  loop.post({ kind: 'manifests' })
  await turn()
  assert.equal(loop.woken.length, 2)
  loop.release()
  await turn()
  await turn()
  assert.deepEqual(loop.woken.slice(2), [['limits', 'manifests']])
  await loop.stop()
})

test('a pass that asks to be called again is, and the sweep comes without being asked', async () => {
  const loop = startLoop({ next: pass => ({ retryAfterMs: pass === 1 ? 100 : null }), sweepMs: 30_000 })
  await turn()
  assert.deepEqual(loop.due(), [100, 30_000])
  loop.fire(100)
  await turn()
  assert.deepEqual(loop.woken[1], ['timer'])
  assert.deepEqual(loop.due(), [30_000])
  loop.fire(30_000)
  await turn()
  assert.deepEqual(loop.woken[2], ['sweep'])
  await loop.stop()
})

test('a pass that did something is followed by another at once, which reads no manifest for it', async () => {
  const loop = startLoop({ next: pass => (pass === 1 ? 'again' : { retryAfterMs: null }), sweepMs: 30_000 })
  await turn()
  assert.deepEqual(loop.due(), [0, 30_000])
  loop.post({ kind: 'limits', containerId: 'a' })
  await turn()
  assert.deepEqual(loop.woken[1], ['limits'])
  await loop.stop()
  const alone = startLoop({ next: pass => (pass === 1 ? 'again' : { retryAfterMs: null }) })
  await turn()
  alone.fire(0)
  await turn()
  assert.deepEqual(alone.woken[1], ['again'])
  assert.deepEqual(alone.due(), [])
  await alone.stop()
})

test('a pass that throws is tried again with growing delays, whatever events come meanwhile', async () => {
  const loop = startLoop({ fails: pass => pass <= 3 })
  await turn()
  assert.deepEqual(loop.due(), [200])
  loop.post({ kind: 'manifests' })
  await turn()
  assert.equal(loop.woken.length, 1)
  loop.fire(200)
  await turn()
  assert.deepEqual(loop.woken[1], ['manifests', 'timer'])
  assert.deepEqual(loop.due(), [400])
  loop.fire(400)
  await turn()
  assert.deepEqual(loop.due(), [800])
  loop.fire(800)
  await turn()
  assert.equal(loop.woken.length, 4)
  assert.equal(loop.errors.length, 3)
  assert.deepEqual(loop.due(), [])
  await loop.stop()
})

test('an outcome can end the loop', async () => {
  const loop = startLoop({ next: () => 'end' })
  await turn()
  await turn()
  assert.equal(loop.isConnected(), false)
  await loop.stop()
})
