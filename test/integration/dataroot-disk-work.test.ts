/** Files reach the disk in one order, whether a thread waits for it or other work goes on; a disk that fails leaves no half file. */
import { deepEqual, equal, rejects, throws } from 'node:assert/strict'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { replacing } from '../../src/dataroot/files/atomic.ts'
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
function* failing(path: string): DiskWork {
  const bad = openSync('/dev/null', 'r')
  try {
    const work = replacing(path, 'x', 0o600)
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
  throws(() => runAtOnce(failing(join(directory, 'a'))), { code: 'EINVAL' })
  await rejects(runBeside(failing(join(directory, 'a'))), { code: 'EINVAL' })
  deepEqual(readdirSync(directory), [])
})
