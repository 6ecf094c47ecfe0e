import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { createGzip } from 'node:zlib'
import type { HostileCase } from '../support/hostile-case.ts'
import { hostileLayers } from '../support/hostile-layers.ts'
import { type LayerLab, listing, openLayerLab, refused, type Tried, tryLayer } from '../support/layer-lab.ts'
import { file, header, tar } from '../support/tar.ts'

const maxBytes = 1024 ** 2
const nothing = { blobDigest: null, blobBytes: null, diffId: null }

/** Files beside the layers that hostile names point at, and how to tell that they are as they were. */
function witness(lab: LayerLab): { outside: string; state: () => string } {
  const outside = join(lab.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'kept'), 'kept')
  const state = () =>
    JSON.stringify([
      readdirSync(lab.folder).filter(name => !name.startsWith('layer-')),
      [outside, join(outside, 'kept'), '/etc/passwd', '/etc', '/proc', '/'].map(path => {
        const { mode, uid, gid, nlink, mtimeMs, ctimeMs } = statSync(path)
        return path === '/proc' ? [mode, uid, gid] : [path, mode, uid, gid, nlink, mtimeMs, ctimeMs]
      }),
      listing(outside),
    ])
  return { outside, state }
}

test('hostile layers are refused by name or stay inside', async t => {
  const lab = openLayerLab(t)
  const { outside, state } = witness(lab)
  const before = state()
  for (const hostile of hostileLayers(outside))
    await t.test(hostile.title, async t => {
      const expect = { ...nothing, ...hostile.expect }
      const tried = await tryLayer(lab, hostile.blob, { maxBytes, mediaType: hostile.mediaType ?? null, expect })
      assert.equal(state(), before)
      t.diagnostic(`${hostile.title}: ${outcome(hostile, tried)}`)
    })
})

function outcome(hostile: HostileCase, { dir, tarSplit, result }: Tried): string {
  if (hostile.inside !== undefined) {
    assert.ok(result.ok, JSON.stringify(result))
    assert.deepEqual(listing(dir), hostile.inside)
    return 'unpacked inside'
  }
  assert.ok(!result.ok, JSON.stringify(result))
  assert.match(result.error.message, hostile.refused ?? /^$/)
  assert.equal(result.error.code, hostile.code ?? 'E_LAYER')
  assert.ok(!existsSync(dir) && !existsSync(tarSplit), 'something half-written is left')
  return `${result.error.code} ${result.error.message.slice(0, 160)}`
}

const peakKib = () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
const restartPeak = () => writeFileSync('/proc/self/clear_refs', '5')

const manyFiles = (count: number): Buffer =>
  tar(...Array.from({ length: count }, (_, index) => file(`d${index % 1000}/f${index}`, 'x')))

// What is sent is made before: its garbage would be measured, too.
test('20,000 small files and a file of 400 MB take the memory of any layer', async t => {
  const lab = openLayerLab(t)
  const [files, zeros] = [manyFiles(20_000), Buffer.alloc(1_000_000)]
  await tryLayer(lab, tar(file('warm')))
  restartPeak()
  const start = peakKib()
  const many = await tryLayer(lab, files)
  assert.ok(many.result.ok, JSON.stringify(many.result))
  assert.equal(many.result.value.entries, 20_000)
  const bytes = 400_000_000
  function* big(): Generator<Buffer> {
    yield header({ name: 'big' }, bytes)
    for (let sent = 0; sent < bytes + 512 * 3; sent += 1_000_000) yield zeros.subarray(0, bytes + 512 * 3 - sent)
  }
  const single = await tryLayer(lab, Readable.from(big()).pipe(createGzip({ level: 1 })))
  assert.ok(single.result.ok, JSON.stringify(single.result))
  const grown = peakKib() - start
  assert.ok(grown < 64 * 1024, `memory grew by ${grown} KiB`)
})

test('a bomb of 4 GB is refused at the bound, in the memory of any layer', async t => {
  const lab = openLayerLab(t)
  await tryLayer(lab, tar(file('warm')))
  restartPeak()
  const start = peakKib()
  const zeros = Buffer.alloc(2 ** 20)
  function* endless(): Generator<Buffer> {
    yield header({ name: 'zeros' }, 2 ** 32)
    for (let sent = 0; sent < 4096; sent++) yield zeros
  }
  const { dir, result } = await tryLayer(lab, Readable.from(endless()).pipe(createGzip({ level: 1 })), {
    maxBytes: 2 ** 26,
  })
  assert.ok(!result.ok)
  assert.match(result.error.message, /exceed the bound of 67108864 bytes/)
  assert.ok(!existsSync(dir))
  const grown = peakKib() - start
  assert.ok(grown < 64 * 1024, `memory grew by ${grown} KiB`)
})

test('a full disk fails the layer with its entry, and what was written is gone', async t => {
  const lab = openLayerLab(t)
  const small = join(lab.folder, 'small')
  mkdirSync(small)
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', small]).status, 0)
  try {
    mkdirSync(join(small, 'diff'))
    const place = { dir: join(small, 'diff'), tarSplit: join(lab.folder, 'split') }
    const full = await refused({ ...lab, next: () => place }, tar(file('a'), file('big', 'x'.repeat(2 ** 21))))
    assert.equal(full.message, 'entry "big": write: no space left on device (ENOSPC)')
    assert.equal(full.code, 'E_IO')
    assert.deepEqual(readdirSync(small), [])
  } finally {
    spawnSync('umount', [small])
  }
})
