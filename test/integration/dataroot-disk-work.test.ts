/** Files reach the disk in one order, whether a thread waits for it or other work goes on; a disk that fails leaves no half file. */
import { deepEqual, equal, rejects, throws } from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { replacing, replacingTogether } from '../../src/dataroot/files/atomic.ts'
import { type DiskWork, runAtOnce, runBeside } from '../../src/dataroot/files/disk-work.ts'
import { temporaryDirectory } from './dataroot-lab.ts'

test('several works wait beside each other, each in its own order', async t => {
  const directory = temporaryDirectory(t)
  const said: string[] = []
  function* work(name: string): DiskWork {
    for (const part of ['first', 'second']) {
      yield* replacing(join(directory, name), part, 0o600)
      said.push(`${name} ${part}`)
    }
  }
  const running = ['a', 'b'].map(name => runBeside(work(name)))
  deepEqual([...said], [])
  await Promise.all(running)
  deepEqual(new Set(said), new Set(['a first', 'a second', 'b first', 'b second']))
  for (const name of ['a', 'b']) equal(said.indexOf(`${name} first`) < said.indexOf(`${name} second`), true)
  runAtOnce(work('c'))
  deepEqual(said.slice(-2), ['c first', 'c second'])
  deepEqual(readdirSync(directory).sort(), ['a', 'b', 'c'])
})

/** A replacement whose temporary file the disk refuses, as it refuses to sync a device of characters. */
function* failing(work: DiskWork): DiskWork {
  const bad = openSync('/dev/null', 'r')
  try {
    const turn = work.next()
    if (turn.done === true) return
    try {
      yield bad
    } catch (error) {
      work.throw(error)
    }
  } finally {
    closeSync(bad)
  }
}

test('what a disk refuses is thrown where the work waits, and no temporary file stays', async t => {
  const directory = temporaryDirectory(t)
  const names = ['a', 'b'].map(name => join(directory, name))
  const works = [
    () => replacing(join(directory, 'a'), 'x', 0o600),
    () =>
      replacingTogether(
        directory,
        names.map(path => ({ path, content: 'x', mode: 0o600 })),
      ),
  ]
  for (const work of works) {
    throws(() => runAtOnce(failing(work())), { code: 'EINVAL' })
    await rejects(runBeside(failing(work())), { code: 'EINVAL' })
    deepEqual(readdirSync(directory), [])
  }
})

test('several files of a directory are replaced after all of them are on the disk', t => {
  const directory = temporaryDirectory(t)
  const files = ['a', 'b'].map(name => ({ path: join(directory, name), content: name, mode: 0o644 }))
  const work = replacingTogether(directory, files)
  deepEqual([[work.next().value].flat().length, readdirSync(directory).includes('a')], [2, false])
  work.next()
  deepEqual(readdirSync(directory).sort(), ['a', 'b'])
  equal(work.next().done, true)
  deepEqual(
    files.map(({ path }) => readFileSync(path, 'utf8')),
    ['a', 'b'],
  )
  equal(statSync(join(directory, 'a')).mode & 0o7777, 0o644)
})
