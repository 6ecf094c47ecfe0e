import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShop, randomLayer, realImage } from '../support/image-shop.ts'
import { makeLab } from '../support/lab.ts'

const imageCount = 12
const processCount = 4

test('24 pulls of 12 images by 4 processes fetch each blob once, and all images are whole', async t => {
  const lab = makeLab(t)
  const base = randomLayer('base', 200_000)
  const middles = ['a', 'b', 'c'].map(name => randomLayer(name, 100_000))
  const names = Array.from({ length: imageCount }, (_, i) => `app/n${i}`)
  const images = names.map((name, i) =>
    realImage([base, middles[i % 3] ?? base, randomLayer(`own${i}`, 60_000)], { author: name }),
  )
  const shop = await openShop(Object.fromEntries(names.map((name, i) => [name, images[i] ?? realImage([])])), {
    pieceBytes: 50_000,
    pauseMs: 10,
  })
  t.after(() => shop.close())

  const each = Array.from({ length: processCount }, (_, p) =>
    Array.from({ length: 6 }, (_, i) => `${shop.host}/${names[(p * 3 + i) % imageCount]}:1`),
  )
  await Promise.all(each.map(references => lab.expect(0, 'images', 'pull', ...references)))

  const configs = new Set(images.map(image => image.blobs[0]?.descriptor.digest))
  const layers = shop.sent.filter(({ digest }) => !configs.has(digest))
  assert.equal(layers.length, new Set(layers.map(({ digest }) => digest)).size, 'a blob was fetched twice')
  assert.equal(layers.length, 1 + 3 + imageCount)
  const { images: listed, bad } = JSON.parse((await lab.expect(0, 'images', '--output', 'json')).stdout) as {
    images: { tags: string[]; layers: number }[]
    bad: unknown[]
  }
  assert.deepEqual(bad, [])
  assert.deepEqual(listed.flatMap(({ tags }) => tags).sort(), names.map(name => `${shop.host}/${name}:1`).sort())
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})

test('two images with the same layers in another order fetch each blob once', async t => {
  const lab = makeLab(t)
  const [one, two] = [randomLayer('one', 150_000), randomLayer('two', 150_000)]
  const shop = await openShop(
    { up: realImage([one, two]), down: realImage([two, one]) },
    { pieceBytes: 20_000, pauseMs: 10 },
  )
  t.after(() => shop.close())
  await Promise.all(['up', 'down'].map(name => lab.expect(0, 'images', 'pull', `${shop.host}/${name}:1`)))
  const configs = 2
  assert.equal(shop.sent.length, 2 + configs)
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})
