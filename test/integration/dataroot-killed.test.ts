import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  createContainerFiles,
  listContainers,
  removeContainerFiles,
  writeRecord,
} from '../../src/dataroot/objects/containers.ts'
import { containerPaths, dataRootPaths, volumePaths } from '../../src/dataroot/layout/paths.ts'
import type { DataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { tidyRoot } from '../../src/dataroot/objects/tidy.ts'
import { createVolume, listVolumes, removeVolume } from '../../src/dataroot/objects/volumes.ts'
import { sampleRecord, sampleVolume } from '../support/sample-record.ts'
import { expectOk, temporaryRoot } from './dataroot-lab.ts'

const rounds = 12

/** Started as a program of its own: makes and removes containers and volumes until it is killed. */
async function churn(root: string): Promise<never> {
  const paths = dataRootPaths(root, `${root}-run`)
  expectOk(await tidyRoot(paths, [], 0))
  for (let n = 0; ; n = (n + 1) % 4) {
    const record = { ...sampleRecord, id: `${n}a`.repeat(32) }
    const volume = { ...sampleVolume, name: `volume-${n}` }
    expectOk(createVolume(paths, volume))
    mkdirSync(join(volumePaths(paths, volume.name).data, 'a/b'), { recursive: true })
    expectOk(await createContainerFiles(paths, record))
    writeFileSync(join(containerPaths(paths, record.id).upper, 'file'), '')
    process.stdout.write('.')
    const oldest = { ...sampleRecord, id: `${(n + 1) % 4}a`.repeat(32) }
    expectOk(await removeVolume(paths, `volume-${(n + 1) % 4}`))
    if (existsSync(containerPaths(paths, oldest.id).dir)) expectOk(await writeRecord(paths, { ...oldest, stop: null }))
    expectOk(await removeContainerFiles(paths, oldest.id))
  }
}

function assertNothingIsLost(paths: DataRootPaths): void {
  const { records, torn } = expectOk(listContainers(paths))
  assert.deepEqual(torn, [])
  const ids = new Set(records.map(({ record }) => record.id))
  for (const layer of readdirSync(paths.layers)) assert.ok(ids.has(layer), `layer ${layer} has no record`)
  for (const { name, record } of expectOk(listVolumes(paths))) assert.ok(record.known && record.value !== null, name)
}

if (process.argv[2] === undefined) {
  test('killed at any moment, it leaves no container without record, and no layer without container', async t => {
    const paths = temporaryRoot(t)
    for (let round = 0; round < rounds; round++) {
      const child = spawn(process.execPath, [import.meta.filename, paths.root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      await setTimeout(round * 7)
      assert.equal(child.exitCode, null)
      child.kill('SIGKILL')
      await once(child, 'exit')
      assertNothingIsLost(paths)
    }
    expectOk(await tidyRoot(paths, [], 0))
    assert.deepEqual([...readdirSync(paths.staging), ...readdirSync(paths.removed)], [])
    assert.ok(existsSync(dirname(paths.layers)))
  })
} else {
  await churn(process.argv[2])
}
