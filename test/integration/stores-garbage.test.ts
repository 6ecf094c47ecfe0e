import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { containerRoot, createContainerLayers } from '../../src/dataroot/images/container-layers.ts'
import { digestOf } from '../../src/dataroot/images/digest.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { collectLitter, findGarbage, removeGarbage, removeLayer } from '../../src/dataroot/images/garbage.ts'
import { removeImage } from '../../src/dataroot/images/image-entry.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { stageLayer } from '../../src/dataroot/images/staged-layer.ts'
import { identifyProcess } from '../../src/dataroot/records/process-identity.ts'
import { storeImage } from '../support/hand-made-image.ts'
import { expectOk } from './dataroot-lab.ts'
import { base, top, id, open, name } from './stores-lab.ts'

test('what has no name, no container and no image above it can go; all else stays', async t => {
  const { at, paths } = open(t)
  const named = await storeImage(at, [base, top])
  expectOk(putReferences(at, [name('1')], named.imageId))
  const loose = await storeImage(at, [base, [{ name: 'loose', content: 'loose' }]])
  const used = await storeImage(at, [[{ name: 'used', content: 'used' }]])
  const mounted = await storeImage(at, [[{ name: 'mounted', content: 'mounted' }]])
  mkdirSync(join(paths.containers, id))
  expectOk(createContainerLayers(at, id, mounted.config.diffIds[0] ?? null))
  expectOk(removeImage(at, mounted.imageId))
  const garbage = findGarbage(expectOk(listStores(at)), new Set([used.imageId]))
  assert.deepEqual(
    [garbage.images.map(({ imageId }) => imageId), garbage.layers.map(({ diffId }) => diffId), garbage.bytes],
    [[loose.imageId], [loose.config.diffIds[1]], 5],
  )
  expectOk(await removeGarbage(at, garbage))
  const { images, layers, bad } = expectOk(listStores(at))
  assert.deepEqual(images.map(({ imageId }) => imageId).sort(), [named.imageId, used.imageId].sort())
  assert.deepEqual([layers.size, bad], [4, []])
  expectOk(containerRoot(at, id))
  const { litter, damage } = expectOk(fsck(paths))
  assert.deepEqual([litter, damage, readdirSync(at.removed)], [[], [], []])
  expectOk(await removeLayer(at, digestOf('never there')))
})

test('what is unpacked just now is no litter, what a dead process left is', async t => {
  const { at, paths } = open(t)
  const self = identifyProcess(process.pid)
  assert.ok(self !== null)
  expectOk(stageLayer(at, self, null))
  const dead = expectOk(stageLayer(at, { ...self, startTicks: '1' }, null))
  const { litter } = expectOk(fsck(paths))
  assert.deepEqual(
    litter.map(({ path }) => path),
    [dead.dir],
  )
  expectOk(await collectLitter(at, litter))
  assert.equal(readdirSync(at.staging).length, 1)
})
