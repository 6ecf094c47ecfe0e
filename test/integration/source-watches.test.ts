import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSource } from '../../src/source/open.ts'
import type { Source } from '../../src/source/source.ts'

const settleMs = 500
const waitMs = 5000

/** A watch on a source, ready; `hinted` does something and tells whether a hint came. */
async function watched(context: TestContext, source: Source) {
  const abort = new AbortController()
  context.after(() => abort.abort())
  const seen = { hints: 0 }
  source.watch(() => (seen.hints += 1), abort.signal)
  const hinted = async (act: () => void, limitMs: number = waitMs): Promise<boolean> => {
    const before = seen.hints
    act()
    for (const endMs = performance.now() + limitMs; performance.now() < endMs && seen.hints === before; )
      await sleep(20)
    const came = seen.hints > before
    await sleep(settleMs)
    return came
  }
  assert.equal(await hinted(() => {}), true, 'the watch tells when it is ready')
  return { hinted, abort }
}

function directory(context: TestContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'reconcile-watch-')))
  context.after(() => rmSync(path, { recursive: true, force: true }))
  mkdirSync(join(path, 'manifests'))
  writeFileSync(join(path, 'manifests', 'a.yaml'), 'a')
  return path
}

test('every way to change a manifest gives a hint, and quiet gives none', async context => {
  const manifests = join(directory(context), 'manifests')
  const { hinted } = await watched(context, openSource('directory', [manifests]))
  assert.equal(await hinted(() => {}, 300), false)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'a.yaml'), 'b')), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'new.yaml'), 'a')), true)
  const rename = () => {
    writeFileSync(join(manifests, 'a.yaml.tmp'), 'c')
    renameSync(join(manifests, 'a.yaml.tmp'), join(manifests, 'a.yaml'))
  }
  assert.equal(await hinted(rename), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'a.yaml'), 'd')), true)
  assert.equal(await hinted(() => rmSync(join(manifests, 'new.yaml'))), true)
})

test('a directory that goes and comes back is watched as before', async context => {
  const parent = directory(context)
  const manifests = join(parent, 'manifests')
  const { hinted } = await watched(context, openSource('directory', [manifests]))
  assert.equal(await hinted(() => renameSync(manifests, join(parent, 'old'))), true)
  assert.equal(await hinted(() => mkdirSync(manifests)), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'z.yaml'), 'z')), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'z.yaml'), 'y')), true)
  const replace = () => {
    rmSync(manifests, { recursive: true })
    renameSync(join(parent, 'old'), manifests)
  }
  assert.equal(await hinted(replace), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'a.yaml'), 'x')), true)
})

test('a directory that does not exist yet is noticed when it comes', async context => {
  const manifests = join(directory(context), 'later', 'manifests')
  const { hinted } = await watched(context, openSource('directory', [manifests]))
  assert.equal(await hinted(() => mkdirSync(manifests, { recursive: true })), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'a.yaml'), 'a')), true)
})

test('a watched file gives hints, its neighbours give none', async context => {
  const manifests = join(directory(context), 'manifests')
  const { hinted, abort } = await watched(context, openSource('files', [join(manifests, 'a.yaml')]))
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'b.yaml'), 'b'), 300), false)
  assert.equal(await hinted(() => rmSync(join(manifests, 'a.yaml'))), true)
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'a.yaml'), 'again')), true)
  abort.abort()
  assert.equal(await hinted(() => writeFileSync(join(manifests, 'a.yaml'), 'more'), 500), false)
})
