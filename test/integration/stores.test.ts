import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { containerRoot, createContainerLayers } from '../../src/dataroot/images/container-layers.ts'
import { chainIdsOf, digestOf, hexOf } from '../../src/dataroot/images/digest.ts'
import { blobSources, rememberBlob } from '../../src/dataroot/images/distribution.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { collectLitter, findGarbage } from '../../src/dataroot/images/garbage.ts'
import { createImage, imageLayers, readImage } from '../../src/dataroot/images/image-entry.ts'
import { layerEntryDir } from '../../src/dataroot/images/layer-entry.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { hasLayer, registerLayer } from '../../src/dataroot/images/register-layer.ts'
import { discardStaged, stageLayer } from '../../src/dataroot/images/staged-layer.ts'
import { identifyProcess } from '../../src/dataroot/records/process-identity.ts'
import { cutOffAfter } from '../support/cut-off.ts'
import { handMadeConfig, handMadeLayer, storeImage } from '../support/hand-made-image.ts'
import { expectFailure, expectOk } from './dataroot-lab.ts'
import { base, top, id, open, name, known } from './stores-lab.ts'

test("the stores lie where Docker's engine has them, with its modes and without a newline too many", async t => {
  const { at, paths } = open(t)
  const image = await storeImage(at, [base, top])
  expectOk(putReferences(at, [name('2'), name('10')], image.imageId))
  const [lowest, highest] = expectOk(imageLayers(at, image.imageId))
  assert.ok(lowest !== undefined && highest !== undefined)
  const [first = '', second = ''] = [base, top].map(layer => handMadeLayer(layer).diffId)
  const entry = (file: string) => readFileSync(join(layerEntryDir(at, highest.chainId), file), 'utf8')
  assert.deepEqual(
    [entry('diff'), entry('parent'), entry('size'), entry('cache-id')],
    [second, first, '3', highest.cacheId],
  )
  assert.equal(highest.chainId, digestOf(`${first} ${second}`))
  assert.equal(existsSync(join(layerEntryDir(at, first), 'parent')), false)
  const overlay = (file: string) => join(at.trees, highest.cacheId, file)
  const below = readFileSync(join(at.trees, lowest.cacheId, 'link'), 'utf8')
  assert.equal(readFileSync(overlay('lower'), 'utf8'), `l/${below}`)
  assert.equal(readlinkSync(join(at.links, below)), `../${lowest.cacheId}/diff`)
  assert.ok(existsSync(join(at.trees, lowest.cacheId, 'committed')) && !existsSync(overlay('committed')))
  const modes = [overlay('.'), overlay('diff'), overlay('work'), overlay('lower'), at.references, at.layers, at.links]
  assert.deepEqual(
    modes.map(path => statSync(path).mode & 0o7777),
    [0o710, 0o755, 0o700, 0o644, 0o600, 0o755, 0o700],
  )
  assert.equal(
    readFileSync(at.references, 'utf8'),
    `{"Repositories":{"web":{"web:10":"${image.imageId}","web:2":"${image.imageId}"}}}`,
  )
  assert.deepEqual(readFileSync(join(at.configs, hexOf(image.imageId))), image.bytes)
  assert.deepEqual(expectOk(fsck(paths)).damage, [])
})

test('a layer is stored once, whatever image it comes with', async t => {
  const { at } = open(t)
  await storeImage(at, [base, top])
  const before = readdirSync(at.trees)
  await storeImage(at, [base, top], { config: { author: 'another' } })
  assert.deepEqual(readdirSync(at.trees), before)
  assert.equal(expectOk(listStores(at)).images.length, 2)
  assert.deepEqual(readdirSync(at.staging), [])
})

test('an image needs its layers, a layer its parent and its tar-split', async t => {
  const { at } = open(t)
  const layers = [base, top].map(handMadeLayer)
  assert.match(expectFailure(createImage(at, handMadeConfig(layers)), 'E_STATE'), /layer sha256:\w+ of .* is not here/)
  const self = identifyProcess(process.pid)
  assert.ok(self !== null)
  const staged = expectOk(stageLayer(at, self, null))
  const facts = { diffId: layers[1]?.diffId ?? '', sizeBytes: 3 }
  assert.match(expectFailure(registerLayer(at, staged, { ...facts, parent: null }), 'E_STATE'), /tar-split.*missing/)
  writeFileSync(staged.tarSplit, layers[1]?.tarSplit ?? '')
  const parent = layers[0]?.diffId ?? ''
  assert.match(expectFailure(registerLayer(at, staged, { ...facts, parent }), 'E_STATE'), /is not here/)
  expectOk(await discardStaged(staged))
  expectOk(await discardStaged(staged))
  assert.deepEqual([readdirSync(at.staging), readdirSync(at.trees)], [[], ['l']])
  expectFailure(createImage(at, Buffer.from('{"rootfs":{"type":"layers"')), 'E_SPEC')
})

test('no more than 125 layers lie on one another', async t => {
  const { at } = open(t)
  const layers = Array.from({ length: 125 }, (_, n) => [{ name: `n${n}`, content: `${n}` }])
  // without waiting for the disk 125 times
  await cutOffAfter(Number.POSITIVE_INFINITY, () => storeImage(at, layers))
  const [image] = expectOk(listStores(at)).images
  const chain = expectOk(imageLayers(at, image?.imageId ?? ''))
  assert.equal(chain.length, 125)
  const overlay = expectOk(createContainerLayers(at, id, chain.at(-1)?.chainId ?? null))
  assert.equal(overlay.shortLowers.length, 126)
  assert.equal(overlay.shortLowers.join(':').length < 4096, true)
  const oneMore = () => storeImage(at, [...layers, [{ name: 'one-more' }]])
  await cutOffAfter(Number.POSITIVE_INFINITY, () => assert.rejects(oneMore, /more than 125 layers/))
})

test('damage is told, never left out, and a repeated pull mends it', async t => {
  const { at, paths } = open(t)
  const image = await storeImage(at, [base, top])
  expectOk(putReferences(at, [name('1')], image.imageId))
  mkdirSync(join(paths.containers, id))
  const [lowest = '', highest = ''] = chainIdsOf(image.config.diffIds)
  const link = () => {
    const { cacheId } = expectOk(imageLayers(at, image.imageId))[0] ?? { cacheId: '' }
    return join(at.links, readFileSync(join(at.trees, cacheId, 'link'), 'utf8'))
  }
  const cacheIdOf = (chainId: string) => readFileSync(join(layerEntryDir(at, chainId), 'cache-id'), 'utf8')
  const lowestFile = (file: string) => join(layerEntryDir(at, lowest), file)
  const damages: readonly (readonly [() => void, RegExp])[] = [
    [() => writeFileSync(lowestFile('size'), '12\n'), /size: not a number/],
    [() => writeFileSync(lowestFile('diff'), digestOf('else')), /belongs to another layer/],
    [() => writeFileSync(lowestFile('cache-id'), '../../etc'), /cache-id: not a layer id/],
    [() => unlinkSync(link()), /doesn't lead to layer/],
    [() => renameSync(join(at.trees, cacheIdOf(lowest), 'diff'), join(at.removed, 'd')), /diff: missing/],
    [
      () => writeFileSync(join(at.trees, cacheIdOf(highest), 'lower'), 'l/ABC'),
      /lower: not the layers that it lies on/,
    ],
    [() => rmSync(layerEntryDir(at, lowest), { recursive: true }), /is missing or damaged/],
    [() => writeFileSync(join(at.configs, hexOf(image.imageId)), '{}'), /damaged, its digest is another one/],
  ]
  for (const [damage, why] of damages) {
    damage()
    const { bad, images } = expectOk(listStores(at))
    assert.ok(
      bad.some(entry => why.test(entry.why)),
      `${why}: ${JSON.stringify(bad)}`,
    )
    assert.deepEqual(images, [], `${why}`)
    assert.notEqual(expectOk(fsck(paths)).damage.length, 0)
    assert.notEqual(findGarbage(expectOk(listStores(at)), new Set()).held, null)
    await storeImage(at, [base, top])
    expectOk(await collectLitter(at, expectOk(fsck(paths)).litter))
    const after = expectOk(fsck(paths))
    assert.deepEqual([after.litter, after.damage], [[], []], `${why}`)
    assert.equal(expectOk(imageLayers(at, image.imageId)).length, 2)
    rmSync(join(at.removed, 'd'), { recursive: true, force: true })
  }
})

test('a mended layer keeps its short name, by which the layers and containers above it know it', async t => {
  const { at } = open(t)
  const image = await storeImage(at, [base, top])
  const [lowest = '', highest = ''] = chainIdsOf(image.config.diffIds)
  expectOk(createContainerLayers(at, id, highest))
  writeFileSync(join(layerEntryDir(at, lowest), 'size'), '')
  assert.match(expectFailure(containerRoot(at, id), 'E_STATE'), /size: not a number/)
  assert.ok(!hasLayer(at, lowest))
  await storeImage(at, [base, top])
  const overlay = expectOk(containerRoot(at, id))
  for (const [i, short] of overlay.shortLowers.entries()) {
    assert.equal(statSync(join(at.trees, short)).ino, statSync(overlay.lowers[i] ?? '').ino)
  }
})

test("an init layer has the targets of mounts, the image's directories as they are, and follows no link", async t => {
  const { at } = open(t)
  const image = await storeImage(at, [
    [
      { name: 'etc/', mode: 0o700 },
      { name: 'etc/hosts', content: 'old' },
      { name: 'dev/', mode: 0o711 },
    ],
    [
      { name: 'proc', link: { kind: 'symbolic', target: '/etc' } },
      { name: 'etc/hostname/', mode: 0o755 },
      { name: 'etc/', mode: 0o750 },
    ],
  ])
  const overlay = expectOk(createContainerLayers(at, id, chainIdsOf(image.config.diffIds).at(-1) ?? null))
  const init = overlay.lowers[0] ?? ''
  const kind = (path: string) => {
    const stat = lstatSync(join(init, path), { throwIfNoEntry: false })
    if (stat === undefined) return 'absent'
    const type = stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'link' : 'file'
    return `${type} ${(stat.mode & 0o7777).toString(8)}`
  }
  assert.deepEqual(
    ['.dockerenv', 'etc', 'etc/hosts', 'etc/hostname', 'etc/mtab', 'dev', 'dev/pts', 'dev/console', 'proc', 'sys'].map(
      kind,
    ),
    [
      'file 755',
      'directory 750',
      'file 755',
      'absent',
      'link 777',
      'directory 711',
      'directory 755',
      'file 755',
      'directory 755',
      'directory 755',
    ],
  )
  assert.equal(statSync(join(init, 'etc/hosts')).size, 0)
  assert.match(expectFailure(createContainerLayers(at, id, null), 'E_STATE'), /layers of another image/)
  assert.deepEqual(expectOk(createContainerLayers(at, id, chainIdsOf(image.config.diffIds).at(-1) ?? null)), overlay)
})

test('a container of an image without layers has its two own ones', async t => {
  const { at } = open(t)
  const image = await storeImage(at, [])
  assert.deepEqual(expectOk(imageLayers(at, image.imageId)), [])
  const overlay = expectOk(createContainerLayers(at, id, null))
  assert.equal(overlay.lowers.length, 1)
  assert.equal(existsSync(join(at.mounts, id, 'parent')), false)
})

test('where blobs of a layer are is remembered, the newest last, and lost without harm', t => {
  const { at } = open(t)
  const diffId = digestOf('diff')
  for (let n = 0; n < 60; n++) {
    expectOk(rememberBlob(at, diffId, { digest: digestOf(`${n % 55}`), repository: 'docker.io/library/web' }))
  }
  const sources = blobSources(at, diffId)
  assert.deepEqual([sources.length, sources.at(-1)?.digest], [50, digestOf('4')])
  assert.equal(readFileSync(join(at.diffIdByDigest, hexOf(digestOf('4'))), 'utf8'), diffId)
  writeFileSync(join(at.digestsByDiffId, hexOf(diffId)), '[{"Digest":"x"}]')
  assert.deepEqual(blobSources(at, diffId), [])
})

test('an image is what its digest says, not what lies in its place', async t => {
  const { at } = open(t)
  const image = await storeImage(at, [base])
  const path = join(at.configs, hexOf(image.imageId))
  assert.deepEqual(known(readImage(at, image.imageId))?.bytes, image.bytes)
  assert.equal(known(readImage(at, digestOf('none'))), null)
  rmSync(path)
  mkdirSync(path)
  assert.match(JSON.stringify(readImage(at, image.imageId)), /not a regular file/)
  assert.throws(() => readImage(at, 'sha256:../../x'), /not a digest/)
})
