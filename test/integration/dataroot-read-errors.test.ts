import assert from 'node:assert/strict'
import fs from 'node:fs'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import { test } from 'node:test'
import { listContainers, readRecord } from '../../src/dataroot/objects/containers.ts'
import { nextPass } from '../../src/dataroot/records/pass-counter.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { tidyRoot } from '../../src/dataroot/objects/tidy.ts'
import { sampleId, sampleRecord } from '../support/sample-record.ts'
import { expectFailure, expectOk, rootWith } from './dataroot-lab.ts'

type Errno = 'EMFILE' | 'EIO'

/** Runs `act` while these files can't be opened. */
async function whileUnreadable<T>(errno: Errno, paths: readonly string[], act: () => T | Promise<T>): Promise<T> {
  const { openSync } = fs
  const failing = (...args: Parameters<typeof openSync>) => {
    if (!paths.includes(String(args[0]))) return openSync(...args)
    throw Object.assign(new Error(errno), { code: errno, errno: -constants.errno[errno] })
  }
  Object.assign(fs, { openSync: failing })
  syncBuiltinESMExports()
  try {
    return await act()
  } finally {
    Object.assign(fs, { openSync })
    syncBuiltinESMExports()
  }
}

const cases: readonly (readonly [Errno, string, boolean])[] = [
  ['EMFILE', 'when descriptors are short', true],
  ['EMFILE', 'when descriptors are short, its copy too', false],
  ['EIO', 'on a bad disk, its copy too', false],
]
for (const [errno, when, isCopyReadable] of cases) {
  test(`a record that can't be read ${when}, is left as it is`, async t => {
    const paths = rootWith(t, sampleRecord)
    const at = containerPaths(paths, sampleId)
    const unreadable = isCopyReadable ? [at.record] : [at.record, at.recordCopy]
    const before = readdirSync(at.dir)
    const [sentence] = expectOk(await whileUnreadable(errno, unreadable, () => tidyRoot(paths, [], 0)))
    assert.match(sentence ?? '', new RegExp(`${at.record}: .*\\(${errno}\\); left as it is`))
    assert.deepEqual(readdirSync(at.dir), before)
    assert.deepEqual(readRecord(paths, sampleId), { known: true, value: sampleRecord })
    assert.deepEqual(expectOk(listContainers(paths)).torn, [])
  })
}

test('a record on a bad part of the disk is put aside and restored from its copy', async t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  const [sentence] = expectOk(await whileUnreadable('EIO', [at.record], () => tidyRoot(paths, [], 0)))
  assert.match(sentence ?? '', /put aside as .*; restored from its second copy/)
  assert.deepEqual(readRecord(paths, sampleId), { known: true, value: sampleRecord })
})

test('passes are not counted anew because descriptors are short', async t => {
  const paths = rootWith(t, sampleRecord)
  writeFileSync(paths.passes, '41\n')
  expectFailure(await whileUnreadable('EMFILE', [paths.passes], () => nextPass(paths, 0)), 'E_IO')
  assert.equal(readFileSync(paths.passes, 'utf8'), '41\n')
  assert.equal(expectOk(nextPass(paths, 0)), 42)
})
