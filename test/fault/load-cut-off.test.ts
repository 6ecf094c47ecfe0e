import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { type OverlayProbe, settleDriver } from '../../src/dataroot/layout/storage-driver.ts'
import { repairStores } from '../../src/image/check-stores.ts'
import type { ImageDeps } from '../../src/image/deps.ts'
import { hostPlatform } from '../../src/image/host-platform.ts'
import { loadArchive } from '../../src/image/load.ts'
import { removeImage } from '../../src/image/remove.ts'
import { openLayerLab } from '../support/layer-lab.ts'
import { cutOffAfter } from '../support/cut-off.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { randomLayer } from '../support/image-shop.ts'
import { labPrefix } from '../support/leaks.ts'
import { never, value } from '../support/registry-client.ts'

const tooMany = 400
// a process that is surely gone: the first one of another boot
const owner = { pid: 1, startTicks: '1', bootId: '00000000-0000-0000-0000-000000000000' }

const drivers = [
  { driver: 'overlay2', overlay: true },
  { driver: 'vfs', overlay: false },
] as const

for (const { driver, overlay } of drivers) {
  test(`with ${driver}, a load and a removal that are cut off at any file operation leave what fsck collects, and are repeated`, t =>
    cutOffEverywhere(t, { overlay, overlayTried: true, overlayWhy: 'as the test wants it' }))
}

async function cutOffEverywhere(t: TestContext, probe: OverlayProbe): Promise<void> {
  const { core } = openLayerLab(t)
  const folder = mkdtempSync(`${labPrefix}load-`)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'image.tar')
  writeFileSync(path, dockerArchive('app:1', [randomLayer('one', 2000), randomLayer('two', 2000)]))
  let operations = 0
  for (let cutOff = true; cutOff; operations += 1) {
    assert.ok(operations < tooMany, 'it never ends')
    const paths = dataRootPaths(join(folder, `root-${operations}`), join(folder, 'run'))
    value(openRoot(paths, { create: true }))
    value(settleDriver(paths, probe))
    const deps: ImageDeps = { at: value(openImageStores(paths)), core, owner, nowMs: () => 0 }
    const load = () =>
      loadArchive(deps, { path }, { platform: hostPlatform(), repository: null }, () => undefined, never)
    const whole = async () => {
      value(await repairStores(deps, paths, never))
      const { litter, damage } = value(fsck(paths))
      assert.deepEqual({ litter, damage }, { litter: [], damage: [] }, `after ${operations} operations`)
    }
    const loading = await cutOffAfter(operations, load)
    await whole()
    value(await load())
    const stores = value(listStores(deps.at))
    assert.deepEqual(
      stores.references.map(({ reference }) => reference),
      ['app:1'],
    )
    assert.equal(stores.layers.size, 2)
    const removing = await cutOffAfter(operations, () => removeImage(deps, 'app:1', never))
    await whole()
    cutOff = loading || removing
    rmSync(paths.root, { recursive: true })
  }
  assert.ok(operations > 30, `only ${operations} operations were cut off`)
}
