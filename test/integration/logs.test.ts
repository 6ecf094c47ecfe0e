import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { LogLine } from '../../src/dataroot/logs/line.ts'
import { readLog } from '../../src/dataroot/logs/logs.ts'
import type { LogOptions } from '../../src/dataroot/logs/logs.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import type { DataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { sampleId } from '../support/sample-record.ts'
import { temporaryRoot } from './dataroot-lab.ts'

type Lab = { readonly paths: DataRootPaths; readonly log: string }

function lab(t: TestContext): Lab {
  const paths = temporaryRoot(t)
  const { log, dir } = containerPaths(paths, sampleId)
  mkdirSync(dir)
  return { paths, log }
}

const record = (text: string, atMs = 0, stream = 'stdout') =>
  `${JSON.stringify({ log: text, stream, time: new Date(atMs).toISOString() })}\n`
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => record(`${from + n}\n`, from + n)).join('')

/** As the shim rotates: shift the numbers, then reopen. */
function rotate(log: string, maxFile: number): void {
  rmSync(`${log}.${maxFile - 1}`, { force: true })
  for (let n = maxFile - 2; n >= 1; n--) {
    try {
      renameSync(`${log}.${n}`, `${log}.${n + 1}`)
    } catch {
      // not rotated so often yet
    }
  }
  renameSync(log, `${log}.1`)
  writeFileSync(log, '')
}

async function read({ paths }: Lab, options: Partial<LogOptions> = {}, signal = new AbortController().signal) {
  const texts: string[] = []
  for await (const { text } of readLog(paths, sampleId, { follow: false, ...options }, signal)) texts.push(text)
  return texts.join('')
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}\n`).join('')

test('a container without a log has no lines', async t => {
  assert.equal(await read(lab(t)), '')
})

test('lines come with their stream and time', async t => {
  const { paths, log } = lab(t)
  writeFileSync(log, record('oops\n', 0, 'stderr'))
  const lines: LogLine[] = []
  for await (const line of readLog(paths, sampleId, { follow: false }, new AbortController().signal)) lines.push(line)
  assert.deepEqual(lines, [{ text: 'oops\n', stream: 'stderr', time: '1970-01-01T00:00:00.000Z' }])
})

test('rotated files are read first, by number and not by name', async t => {
  const at = lab(t)
  for (let n = 0; n <= 11; n++) writeFileSync(n === 0 ? at.log : `${at.log}.${n}`, record(`${12 - n}\n`))
  writeFileSync(`${at.log}.gz`, record('no number\n'))
  assert.equal(await read(at), numbers(1, 12))
})

test('the tail reaches back across rotated files', async t => {
  const at = lab(t)
  writeFileSync(`${at.log}.2`, records(1, 3))
  writeFileSync(`${at.log}.1`, records(4, 6))
  writeFileSync(at.log, records(7, 9))
  for (const tail of [0, 1, 2, 3, 4, 6, 7, 9, 100]) {
    assert.equal(await read(at, { tail }), tail === 0 ? '' : numbers(Math.max(1, 10 - tail), 9), `tail ${tail}`)
  }
})

test('the tail of a large file is found from its end', async t => {
  const at = lab(t)
  writeFileSync(at.log, records(1, 30_000))
  for (const tail of [1, 2900, 2901, 6000]) assert.equal(await read(at, { tail }), numbers(30_001 - tail, 30_000))
})

test('a line in pieces is one line of the tail', async t => {
  const at = lab(t)
  const piece = 'x'.repeat(16384)
  const pieces = Array.from({ length: 320 }, () => record(piece)).join('')
  writeFileSync(at.log, `${record('before\n')}${pieces}${record('end\n')}`)
  assert.equal(await read(at, { tail: 1 }), `${piece.repeat(320)}end\n`)
  assert.equal((await read(at, { tail: 1 })).length, 5 * 1024 * 1024 + 4)
  assert.equal(await read(at), `before\n${piece.repeat(320)}end\n`)
})

test('a last line without newline counts as a line', async t => {
  const at = lab(t)
  writeFileSync(at.log, `${record('a\n')}${record('b\n')}${record('prompt> ')}`)
  assert.equal(await read(at, { tail: 1 }), 'prompt> ')
  assert.equal(await read(at, { tail: 2 }), 'b\nprompt> ')
})

test('without following it ends with what was there at its beginning, however fast its container writes', async t => {
  const { paths, log } = lab(t)
  for (const tail of [{}, { tail: 1 }, { tail: 2 }]) {
    writeFileSync(log, records(1, 3))
    const texts: string[] = []
    for await (const { text } of readLog(paths, sampleId, { follow: false, ...tail }, new AbortController().signal)) {
      texts.push(text)
      if (texts.length > 3) break
      appendFileSync(log, records(4, 5))
    }
    assert.equal(texts.join(''), numbers(tail.tail === undefined ? 1 : 4 - tail.tail, 3))
  }
})

test('only lines of the time asked for', async t => {
  const at = lab(t)
  writeFileSync(`${at.log}.1`, records(1, 5))
  utimesSync(`${at.log}.1`, new Date(5), new Date(5))
  writeFileSync(at.log, records(6, 9))
  assert.equal(await read(at, { sinceMs: 8 }), numbers(8, 9))
  assert.equal(await read(at, { sinceMs: 4 }), numbers(4, 9))
  assert.equal(await read(at, { sinceMs: 100 }), '')
})

test('lines that are no records are passed over, whole files that are none as well', async t => {
  const at = lab(t)
  writeFileSync(
    `${at.log}.1`,
    `${record('1\n').slice(0, 20)}\n\0\0\0\n[]\n${record('2\n')}${record('torn').slice(0, 9)}`,
  )
  writeFileSync(at.log, `${'y'.repeat(3 * 1024 * 1024)}\n${record('3\n')}`)
  symlinkSync('/etc/passwd', `${at.log}.2`)
  mkdirSync(`${at.log}.3`)
  assert.equal(await read(at), '2\n3\n')
  assert.equal(await read(at, { tail: 2 }), '2\n3\n')
})

test('following ends when the container is gone, after its last words', async t => {
  const at = lab(t)
  writeFileSync(at.log, records(1, 2))
  const reading = read(at, { follow: true })
  await setTimeout(50)
  appendFileSync(at.log, records(3, 4))
  await setTimeout(50)
  renameSync(dirname(at.log), `${dirname(at.log)}-gone`)
  assert.equal(await reading, numbers(1, 4))
})

test('following begins before the first line is written', async t => {
  const at = lab(t)
  const reading = read(at, { follow: true })
  await setTimeout(50)
  writeFileSync(at.log, records(1, 2))
  await setTimeout(400)
  rmSync(dirname(at.log), { recursive: true })
  assert.equal(await reading, numbers(1, 2))
})

test('following ends when it is told to', async t => {
  const at = lab(t)
  writeFileSync(at.log, records(1, 2))
  const end = new AbortController()
  const reading = read(at, { follow: true, tail: 1 }, end.signal)
  await setTimeout(50)
  end.abort()
  assert.equal(await reading, '2\n')
})

test('following sees a line at once, not at the next look at the clock', async t => {
  const at = lab(t)
  writeFileSync(at.log, '')
  const end = new AbortController()
  let seenAt = 0
  const reading = (async () => {
    for await (const _ of readLog(at.paths, sampleId, { follow: true }, end.signal)) {
      seenAt = performance.now()
      end.abort()
    }
  })()
  await setTimeout(120)
  const writtenAt = performance.now()
  appendFileSync(at.log, record('now\n'))
  await reading
  assert.ok(seenAt - writtenAt < 100, `${seenAt - writtenAt} ms`)
})

test('a record that is written in halves is read once, whole', async t => {
  const at = lab(t)
  const reading = read(at, { follow: true })
  for (const half of [
    record('1\n').slice(0, 10),
    record('1\n').slice(10),
    record('2\n').slice(0, 3),
    record('2\n').slice(3),
  ]) {
    appendFileSync(at.log, half)
    await setTimeout(60)
  }
  rmSync(dirname(at.log), { recursive: true })
  assert.equal(await reading, '1\n2\n')
})

test('no line is lost or doubled by rotations while following, also several between two looks', async t => {
  const at = lab(t)
  writeFileSync(at.log, records(1, 5))
  const reading = read(at, { follow: true })
  let next = 6
  for (let round = 0; round < 30; round++) {
    for (let rotations = 0; rotations <= round % 4; rotations++) {
      appendFileSync(at.log, records(next, next + 6))
      next += 7
      rotate(at.log, 8)
      appendFileSync(at.log, records(next, next))
      next += 1
    }
    await setTimeout(round % 3 === 0 ? 0 : 12)
  }
  await setTimeout(400)
  rmSync(dirname(at.log), { recursive: true })
  assert.equal(await reading, numbers(1, next - 1))
})

test('after rotations that deleted what was not read yet, following goes on with the oldest that is left', async t => {
  const at = lab(t)
  writeFileSync(at.log, records(1, 2))
  const reading = read(at, { follow: true })
  await setTimeout(100)
  let next = 3
  for (let n = 0; n < 5; n++) {
    rotate(at.log, 3)
    appendFileSync(at.log, records(next, next))
    next++
  }
  await setTimeout(400)
  rmSync(dirname(at.log), { recursive: true })
  assert.equal(await reading, numbers(1, 2) + numbers(5, 7))
})

test('a log of a million lines is read in seconds', { timeout: 60_000 }, async t => {
  const at = lab(t)
  const block = records(1, 10_000)
  for (let n = 0; n < 100; n++) appendFileSync(at.log, block)
  let count = 0
  const begunMs = performance.now()
  for await (const _ of readLog(at.paths, sampleId, { follow: false }, new AbortController().signal)) count++
  const ms = performance.now() - begunMs
  t.diagnostic(`${ms.toFixed(0)} ms`)
  assert.equal(count, 1_000_000)
  assert.ok(ms < 20_000, `${ms} ms`)
})
