import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { stageLayer } from '../../src/dataroot/images/staged-layer.ts'
import { hostPlatform } from '../../src/image/host-platform.ts'
import { pump } from '../../src/image/pump.ts'
import { pullImage } from '../../src/image/pull.ts'
import { type ImageLab, openImageLab } from '../support/image-lab.ts'
import { openShop, randomLayer, realImage } from '../support/image-shop.ts'
import { inPieces, never, reference, sha256, value } from '../support/registry-client.ts'

const layers = ['one', 'two'].map(name => randomLayer(name, 300_000))

/** As a process leaves a layer that is killed while the disk takes it: unpacked, verified, not registered. */
async function unpackedByOneThatDied({ deps }: ImageLab, tar: Buffer): Promise<string> {
  const staged = value(stageLayer(deps.at, { ...deps.owner, startTicks: '1' }, null, sha256(tar)))
  const request = {
    dir: staged.diff,
    tarSplit: staged.tarSplit,
    saveBlob: null,
    mediaType: null,
    maxBytes: 1e9,
    expect: { blobDigest: null, blobBytes: null, diffId: sha256(tar) },
  }
  value(await pump(deps, request, () => inPieces(tar, 50_000), never))
  return staged.diff
}

async function shopOf(t: TestContext) {
  const shop = await openShop({ app: realImage(layers) })
  t.after(() => shop.close())
  const pull = ({ deps }: ImageLab) =>
    pullImage(deps, reference(`${shop.host}/app:1`), { platform: hostPlatform() }, () => {}, never)
  return { shop, pull }
}

test('a layer that a killed pull had unpacked is not fetched again', async t => {
  const lab = openImageLab(t)
  const { shop, pull } = await shopOf(t)
  await unpackedByOneThatDied(lab, layers[0] ?? Buffer.alloc(0))
  value(await pull(lab))
  const config = 1
  assert.equal(shop.sent.length, config + 1)
  assert.deepEqual(readdirSync(lab.deps.at.staging), [], 'what the killed one left is gone')
  assert.equal(lab.left().filter(line => line.startsWith('layer ')).length, 2)
})

test('one of its files that has changed since is noticed, and the layer fetched', async t => {
  const lab = openImageLab(t)
  const { shop, pull } = await shopOf(t)
  const diff = await unpackedByOneThatDied(lab, layers[0] ?? Buffer.alloc(0))
  writeFileSync(join(diff, 'one/note'), 'ONE')
  value(await pull(lab))
  const config = 1
  assert.equal(shop.sent.length, config + 2)
  assert.deepEqual(readdirSync(lab.deps.at.staging), [])
})

test('a disk that fails while the layers come to it fails the pull, and leaves nothing', async t => {
  const lab = openImageLab(t)
  const { pull } = await shopOf(t)
  const error = { code: 'E_IO', message: 'bring what was written to the disk: input/output error (EIO)' } as const
  const core = { ...lab.deps.core, sync: async () => ({ ok: false as const, error }) }
  const failed = await pull({ ...lab, deps: { ...lab.deps, core } })
  assert.ok(!failed.ok)
  assert.match(failed.error.message, /input\/output error/)
  assert.deepEqual(lab.left(), [])
  value(await pull(lab))
})
