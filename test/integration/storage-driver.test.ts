import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { dataRootPaths, imagePaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { settleDriver, storageDriver } from '../../src/dataroot/layout/storage-driver.ts'
import { labPrefix } from '../support/leaks.ts'
import { failure, value } from './core-lab.ts'

const works = { overlay: true, overlayTried: true, overlayWhy: '' }
const refused = { overlay: false, overlayTried: true, overlayWhy: 'no overlay here' }
const layer = 'a1'.repeat(32)

function emptyRoot(t: TestContext) {
  const folder = mkdtempSync(`${labPrefix}driver-`)
  t.after(() => rmSync(folder, { recursive: true }))
  const paths = dataRootPaths(join(folder, 'root'), join(folder, 'run'))
  value(openRoot(paths, { create: true }))
  return paths
}

test('the choice is recorded, and those who try nothing go by it', t => {
  const paths = emptyRoot(t)
  assert.equal(storageDriver(paths), 'overlay2')
  assert.deepEqual(value(settleDriver(paths, refused)), { driver: 'vfs', isNew: true })
  assert.deepEqual(value(settleDriver(paths, refused)), { driver: 'vfs', isNew: false })
  const at = value(openImageStores(paths))
  assert.deepEqual([at.driver, at.top, at.trees], ['vfs', `${paths.root}/image/vfs`, `${paths.root}/vfs/dir`])
  assert.deepEqual(value(settleDriver(paths, works)), { driver: 'overlay2', isNew: true })
  assert.equal(imagePaths(paths).trees, `${paths.root}/overlay2`)
})

test('a layer holds the choice, with and without the record', t => {
  const paths = emptyRoot(t)
  value(settleDriver(paths, refused))
  mkdirSync(join(value(openImageStores(paths)).trees, layer))
  assert.equal(value(settleDriver(paths, works)).driver, 'vfs')
  writeFileSync(join(paths.own, 'storage-driver'), 'damaged')
  assert.equal(storageDriver(paths), 'vfs')
  assert.equal(value(settleDriver(paths, works)).driver, 'vfs')
})

test('layers of both drivers are refused with their places, as by an engine', t => {
  const paths = emptyRoot(t)
  for (const dir of [`vfs/dir/${layer}`, `overlay2/${layer}/diff`])
    mkdirSync(join(paths.root, dir), { recursive: true })
  const { code, message } = failure(settleDriver(paths, works))
  assert.equal(code, 'E_STATE')
  assert.match(message, /layers of two storage drivers, .*\/overlay2 and .*\/vfs\/dir; move those away/)
})
