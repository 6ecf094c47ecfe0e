/** What was read of a state file is used again only as long as the file is the same one, untouched. */
import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type TestContext, test } from 'node:test'
import { FileMemory } from '../../../../src/dataroot/files/file-memory.ts'
import { known, unknown } from '../../../../src/model/errors.ts'

/** Long enough for what is written to be at rest. */
const restMs = 80

async function written(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'reconcile-memory-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  writeFileSync(path, 'one')
  await setTimeout(restMs)
  const memory = new FileMemory<string>()
  let reads = 0
  const read = () =>
    memory.read('a', path, () => {
      reads += 1
      const text = readFileSync(path, 'utf8')
      return text === 'bad' ? unknown('bad') : known(text)
    })
  return { path, memory, read, reads: () => reads }
}

test('a file at rest is read once, until another is in its place', async t => {
  const { path, memory, read, reads } = await written(t)
  deepEqual([read(), read(), reads()], [known('one'), known('one'), 1])
  writeFileSync(`${path}.new`, 'two')
  renameSync(`${path}.new`, path)
  deepEqual([read(), reads()], [known('two'), 2])
  await setTimeout(restMs)
  deepEqual([read(), read(), reads()], [known('two'), known('two'), 3])
  memory.keepOnly(['b'])
  deepEqual([read(), reads()], [known('two'), 4])
})

test('a file that has just changed is read each time, since it may change again within one tick of the clock', async t => {
  const { path, read, reads } = await written(t)
  read()
  writeFileSync(path, 'two')
  deepEqual([read(), read(), reads()], [known('two'), known('two'), 3])
})

test('an edit in place is seen, though its author puts the times back; what can not be read is not remembered', async t => {
  const { path, read, reads } = await written(t)
  utimesSync(path, 1, 1)
  await setTimeout(restMs)
  read()
  writeFileSync(path, 'six')
  utimesSync(path, 1, 1)
  deepEqual(read(), known('six'))
  writeFileSync(path, 'bad')
  await setTimeout(restMs)
  equal(read().known, false)
  equal(read().known, false)
  equal(reads(), 4)
})
