import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { groupSync } from '../../../src/image/group-sync.ts'
import { fail, ok } from '../../../src/model/errors.ts'
import type { Result } from '../../../src/model/errors.ts'

/** Each sync ends when it is told to. */
function disk() {
  const begun: ((result: Result<void>) => void)[] = []
  const together = groupSync(() => new Promise(end => begun.push(end)))
  return { begun, together }
}

const nothing = () => {}

test('what several tasks write while others write too comes to the disk by one sync', async () => {
  const { begun, together } = disk()
  const order: string[] = []
  const task = async (name: string, ms: number) => {
    await together.whileBusy(() => sleep(ms))
    return await together.sync(() => order.push(name))
  }
  const tasks = [task('a', 5), task('b', 20), task('c', 40)]
  await sleep(30)
  assert.equal(begun.length, 0)
  await sleep(40)
  assert.deepEqual([begun.length, order], [1, ['a', 'b', 'c']])
  begun[0]?.(ok(undefined))
  assert.deepEqual(await Promise.all(tasks), [ok(undefined), ok(undefined), ok(undefined)])
})

test('a sync that has begun says nothing of what is written meanwhile', async () => {
  const { begun, together } = disk()
  const first = together.sync(nothing)
  const second = together.sync(nothing)
  assert.equal(begun.length, 1)
  begun[0]?.(fail({ code: 'E_IO', message: 'the disk is gone' }))
  assert.equal((await first).ok, false)
  assert.equal(begun.length, 2)
  begun[1]?.(ok(undefined))
  assert.equal((await second).ok, true)
})

test('a task that fails keeps nobody waiting', async () => {
  const { begun, together } = disk()
  const failing = together.whileBusy(() => sleep(10).then(() => Promise.reject(new Error('no'))))
  const waits = together.sync(nothing)
  await assert.rejects(failing)
  await sleep(5)
  begun[0]?.(ok(undefined))
  assert.equal((await waits).ok, true)
})

test('a last step that fails fails its own task alone', async () => {
  const { begun, together } = disk()
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC', errno: -28, path: '/blobs/a' })
  const whole = together.whileBusy(() => sleep(5))
  const failing = together.sync(() => {
    throw full
  })
  const other = together.sync(nothing)
  await whole
  await sleep(5)
  begun[0]?.(ok(undefined))
  const failed = await failing
  assert.match(failed.ok ? '' : failed.error.message, /^write .blobs.a: no space left on device .ENOSPC./)
  assert.deepEqual(await other, ok(undefined))
  const later = together.sync(nothing)
  begun[1]?.(ok(undefined))
  assert.equal((await later).ok, true)
})

test('a sync that breaks off fails those who waited for it, and nobody after them', async () => {
  let tries = 0
  const together = groupSync(async () => {
    tries += 1
    if (tries === 1) throw new Error('the core is gone')
    return ok(undefined)
  })
  const first = await together.sync(nothing)
  assert.equal(first.ok ? '' : first.error.message, 'the core is gone')
  assert.equal((await together.sync(nothing)).ok, true)
})

test('a task that writes for long holds the others up for some seconds only', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { begun, together } = disk()
  void together.whileBusy(() => new Promise(nothing))
  const waits = together.sync(nothing)
  t.mock.timers.tick(4000)
  assert.equal(begun.length, 0)
  t.mock.timers.tick(1000)
  begun[0]?.(ok(undefined))
  assert.equal((await waits).ok, true)
})
