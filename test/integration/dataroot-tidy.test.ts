import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createContainerFiles, listContainers } from '../../src/dataroot/objects/containers.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { tidyRoot } from '../../src/dataroot/objects/tidy.ts'
import { sampleId, sampleRecord } from '../support/sample-record.ts'
import { expectOk, rootWith } from './dataroot-lab.ts'

test('tidying restores records, finishes removals, and leaves whole containers alone', async t => {
  const paths = rootWith(t, sampleRecord)
  const goneId = '0f'.repeat(32)
  expectOk(await createContainerFiles(paths, { ...sampleRecord, id: goneId }))
  // as a crash of a removal leaves it
  renameSync(containerPaths(paths, goneId).dir, join(paths.removed, goneId))
  mkdirSync(join(paths.staging, 'volume-half'))
  writeFileSync(join(paths.recordCopies, '.tmp-x'), '')
  // as a kill leaves what was being written
  const { dir } = containerPaths(paths, sampleId)
  const written = [paths.own, paths.watchers, paths.volumes, dir].map(directory => join(directory, '.tmp-x'))
  for (const path of written) writeFileSync(path, '')
  writeFileSync(containerPaths(paths, sampleId).record, '')
  const sentences = expectOk(await tidyRoot(paths, [], 0))
  assert.equal(sentences.length, 1)
  assert.deepEqual(expectOk(listContainers(paths)), {
    records: [{ record: sampleRecord, complete: true, deleting: false }],
    torn: [],
  })
  assert.deepEqual([...readdirSync(paths.staging), ...readdirSync(paths.removed)], [])
  assert.deepEqual(readdirSync(paths.recordCopies), [`${sampleId}.json`])
  assert.deepEqual(written.filter(existsSync), [])
  assert.deepEqual(expectOk(await tidyRoot(paths, [], 0)), [])
})
