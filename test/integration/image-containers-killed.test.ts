import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createContainer } from '../../src/converge/create-container.ts'
import { sweepRemoved } from '../../src/dataroot/objects/containers.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { usedImages } from '../../src/dataroot/images/used-images.ts'
import { containerPaths, imagePaths } from '../../src/dataroot/layout/paths.ts'
import { settleDriver } from '../../src/dataroot/layout/storage-driver.ts'
import { cutOffAfter } from '../support/cut-off.ts'
import { volumeOf } from '../support/specs.ts'
import { value } from './core-lab.ts'

import type { ImageUse } from '../../src/model/observed.ts'
import { base, creation, type Lab, openLab, overlayNames, store, wanted } from '../support/image-container-lab.ts'

test('layers of a creation that was cut off before its entry go with the container', async t => {
  const lab = openLab(t)
  const { paths } = lab
  const image = await store(lab)
  const id = lab.newId()
  value(await lab.run(creation(id, image)))
  rmSync(join(imagePaths(paths).mounts, id), { recursive: true })
  assert.equal(overlayNames(paths).length, 4)
  value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [] }))
  assert.equal(overlayNames(paths).length, 2)
  assert.deepEqual(value(fsck(paths)).litter, [])
})

test('a creation that is cut off at any file operation goes with its container, whole', async t => {
  const lab = openLab(t)
  await cutOffEverywhere(lab, await store(lab))
})

test('so does one whose layers are copies, with what it had copied', async t => {
  const lab = openLab(t)
  value(settleDriver(lab.paths, { overlay: false, overlayTried: true, overlayWhy: 'as the test wants it' }))
  // made by hand, a layer with vfs is whole only where it is the only one
  await cutOffEverywhere(lab, await store(lab, [base]))
  assert.equal(imagePaths(lab.paths).driver, 'vfs')
})

async function cutOffEverywhere(lab: Lab, image: ImageUse): Promise<void> {
  const { paths, deps } = lab
  const at = imagePaths(paths)
  const content = () =>
    [at.trees, at.links, at.mounts, at.staging, at.layerTemporary, paths.removed, paths.containers, paths.volumes]
      .filter(path => existsSync(path))
      .map(path => readdirSync(path).sort())
  value(await lab.run({ kind: 'create-volume', name: 'named', volume: volumeOf('named'), anonymous: false }))
  const before = content()
  let isCut = true
  for (let operations = 0; isCut; operations += 3) {
    const [id, anonymous] = [lab.newId(), randomBytes(32).toString('hex')]
    const action = creation(id, image, wanted(), { '/data': anonymous })
    assert.ok(action.kind === 'create-container')
    isCut = await cutOffAfter(operations, () => createContainer(deps, action, { code: 'missing' }))
    if (existsSync(containerPaths(paths, id).dir) || !isCut)
      value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [anonymous] }))
    value(await sweepRemoved(paths))
    assert.deepEqual(content(), before, `after ${operations} operations`)
  }
}

test('an image is in use from the moment that a container’s record names it', async t => {
  const lab = openLab(t)
  const image = await store(lab)
  const id = lab.newId()
  const action = creation(id, image)
  assert.ok(action.kind === 'create-container')
  const at = imagePaths(lab.paths)
  assert.deepEqual(usedImages(at), { known: true, value: new Map() })
  // the directory with its record is there, Docker's file is not
  for (let n = 0; !existsSync(containerPaths(lab.paths, id).dir); n++)
    await cutOffAfter(n, () => createContainer(lab.deps, action, { code: 'missing' }))
  assert.equal(existsSync(containerPaths(lab.paths, id).config), false)
  assert.deepEqual(usedImages(at), { known: true, value: new Map([[image.id, [id]]]) })
})
