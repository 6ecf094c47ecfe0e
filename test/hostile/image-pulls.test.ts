import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OnProgress } from '../../src/image/deps.ts'
import { hostPlatform } from '../../src/image/host-platform.ts'
import { pullImage } from '../../src/image/pull.ts'
import { hostCommand } from '../support/host-command.ts'
import { openImageLab } from '../support/image-lab.ts'
import type { ImageLab } from '../support/image-lab.ts'
import { openShop, randomLayer, realImage } from '../support/image-shop.ts'
import { never, reference, refusal, sha256, value } from '../support/registry-client.ts'
import { json } from '../support/registry-image.ts'
import type { SmallImage } from '../support/registry-image.ts'
import { dir, file, hardLink, link, tar } from '../support/tar.ts'

const layer = randomLayer('one', 3000)
const good = realImage([layer])
/** The same, but the registry sends other bytes for the blob of this number. */
const spoiled = (image: SmallImage, at: number, bytes: (was: Buffer) => Buffer): SmallImage => ({
  ...image,
  blobs: image.blobs.map((blob, i) => (i === at ? { ...blob, bytes: bytes(blob.bytes) } : blob)),
})
const flipped = (was: Buffer): Buffer => {
  const bytes = Buffer.from(was)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  return bytes
}
const rootfs = (...diffIds: string[]) => ({ rootfs: { type: 'layers', diff_ids: diffIds } })

/** What a registry may send: its name, the image, what is said. Each message has the image's name. */
const cases: readonly (readonly [string, SmallImage, RegExp])[] = [
  ['a configuration of other bytes', spoiled(good, 0, flipped), /verification failed/],
  ['a configuration that is no image', realImage([layer], { rootfs: null }), /it has no rootfs/],
  ['a configuration of fewer layers', realImage([layer, layer], rootfs(sha256(layer))), /don't match.*2 and 1/],
  ['an image of another system', realImage([layer], { os: 'plan9' }), /operating system "plan9"/],
  ['126 layers', realImage(Array.from({ length: 126 }, () => layer)), /126 layers, more than the 125/],
  ['another DiffID', realImage([layer], rootfs(sha256(json(1)))), /layer sha256:[0-9a-f]{64}: the unpacked layer is/],
  ['a layer of other bytes', spoiled(good, 1, flipped), /layer sha256:|verification failed/],
  ['a layer that is too long', spoiled(good, 1, was => Buffer.concat([was, was])), /announces|longer/],
  ['a layer with a device of the wrong kind', realImage([tar({ name: 'x', type: '9' })]), /layer sha256:.*"?x"?/],
  ['a hard link to what is not there', realImage([tar(hardLink('a', 'absent'))]), /layer sha256:.*a/],
  ['a hard link out', realImage([tar(hardLink('a', '../../../../etc/passwd'))]), /layer sha256:.*a/],
  ['a whiteout of its own directory', realImage([tar(dir('d/'), file('d/.wh..', ''))]), /layer sha256:.*d\/\.wh\.\./],
  ['a name twice', realImage([tar(file('a'), file('a'))]), /layer sha256:.*a/],
  ['a layer that is cut off', realImage([layer.subarray(0, 1500)]), /layer sha256:/],
]

const pull = (lab: ImageLab, host: string, signal = never, onProgress: OnProgress = () => undefined) =>
  pullImage(lab.deps, reference(`${host}/app:1`), { platform: hostPlatform() }, onProgress, signal)

for (const [name, image, says] of cases) {
  test(`refused, and nothing is left: ${name}`, { timeout: 30_000 }, async t => {
    const lab = openImageLab(t)
    const shop = await openShop({ app: image })
    t.after(() => shop.close())
    const error = refusal(await pull(lab, shop.host))
    assert.match(error.message, says)
    assert.ok(error.message.includes(`${shop.host}/app:1`), error.message)
    assert.deepEqual(lab.left(), [])
  })
}

test('the layers of an image that fails stay out of sight, and a good one of the same layers needs them not again', async t => {
  const lab = openImageLab(t)
  const bad = tar(file('x'), file('x'))
  const shop = await openShop({ app: realImage([layer, bad]), other: realImage([layer]) })
  t.after(() => shop.close())
  refusal(await pull(lab, shop.host))
  assert.ok(!lab.left().some(line => /^(image|reference|litter|damage|bad)/.test(line)))
  value(
    await pullImage(lab.deps, reference(`${shop.host}/other:1`), { platform: hostPlatform() }, () => undefined, never),
  )
  const blob = sha256(good.layers[0] ?? Buffer.alloc(0))
  assert.equal(shop.sent.filter(({ digest }) => digest === blob).length, 1)
})

test('links of an image lead nowhere out of its layer', async t => {
  const lab = openImageLab(t)
  const witness = join(lab.folder, 'witness')
  mkdirSync(witness)
  const hostile = tar(link('out', witness), file('out/made', 'x'), link('up', '../../../..'), file('up/tmp/j', 'x'))
  const shop = await openShop({ app: realImage([hostile]) })
  t.after(() => shop.close())
  await pull(lab, shop.host)
  assert.equal(hostCommand('find', witness, '-mindepth', '1'), '')
})

test('a pull that is cancelled keeps what has come, and nothing can be seen of it', async t => {
  const lab = openImageLab(t)
  const shop = await openShop({ app: realImage([randomLayer('slow', 400_000)]) }, { pieceBytes: 20_000, pauseMs: 30 })
  t.after(() => shop.close())
  const stop = new AbortController()
  const stopInside: OnProgress = ({ doneBytes }) => {
    if (doneBytes > 100_000) stop.abort()
  }
  assert.equal(refusal(await pull(lab, shop.host, stop.signal, stopInside)).code, 'E_CANCELLED')
  assert.deepEqual(
    lab.left().filter(line => !/^blob-[0-9a-f]{64}$/.test(line)),
    [],
  )
  value(await pull(lab, shop.host))
  assert.ok((shop.sent.at(-1)?.from ?? 0) > 0)
})

test('a full disk fails a pull, and all that it took is given back', async t => {
  const lab = openImageLab(t, { diskBytes: 3_000_000 })
  const shop = await openShop({ app: realImage([randomLayer('small', 100_000), randomLayer('large', 4_000_000)]) })
  t.after(() => shop.close())
  const error = refusal(await pull(lab, shop.host))
  assert.match(error.message, /ENOSPC/)
  assert.deepEqual(
    lab.left().filter(line => /^(image|reference|litter|damage|bad|blob)/.test(line)),
    [],
  )
})
