import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { dockerArchive } from '../support/docker-archive.ts'
import { hostCommand } from '../support/host-command.ts'
import { randomLayer } from '../support/image-shop.ts'
import { makeLab } from '../support/lab.ts'
import type { Lab } from '../support/lab.ts'
import { startEngine } from '../support/stock-engine.ts'
import { dir, file, hardLink, link, tar } from '../support/tar.ts'

const command = `${process.cwd()}/bin/reconcile`
const base = tar(
  dir('etc/', { mode: 0o750, uid: 3 }),
  file('etc/gone', 'x'),
  file('etc/kept', 'kept', { mode: 0o4755 }),
  link('etc/link', '../outside'),
  hardLink('etc/twin', 'etc/kept'),
  file('etc/attributed', 'y', { pax: { 'SCHILY.xattr.user.color': 'blue', mtime: '1600000000.123456789' } }),
)
const top = tar(dir('etc/', { mode: 0o750, uid: 3 }), file('etc/.wh.gone', ''), file('etc/new', 'new'))

async function loaded(lab: Lab): Promise<string> {
  writeFileSync(join(lab.folder, 'app.tar'), dockerArchive('hand/made:1', [base, top]))
  await lab.expect(0, 'images', 'load', join(lab.folder, 'app.tar'))
  return idOf(lab, 'hand/made:1')
}

const idOf = async (lab: Lab, name: string): Promise<string> =>
  (JSON.parse((await lab.expect(0, 'images', 'inspect', name, '--output', 'json')).stdout) as { id: string }).id

test('what is saved is loaded again: a tar file, a directory, a pipe, compressed or not', async t => {
  const lab = makeLab(t)
  const id = await loaded(lab)
  const saved = join(lab.folder, 'saved.tar')
  await lab.expect(0, 'images', 'save', 'hand/made:1', '--to', saved)
  await lab.expect(0, 'images', 'save', 'hand/made:1', '--directory', '--to', join(lab.folder, 'layout'))
  writeFileSync(`${saved}.gz`, gzipSync(readFileSync(saved)))
  writeFileSync(`${saved}.zst`, zstdCompressSync(readFileSync(saved)))
  for (const path of [saved, `${saved}.gz`, `${saved}.zst`, join(lab.folder, 'layout')]) {
    const other = makeLab(t)
    await other.expect(0, 'images', 'load', path)
    assert.equal(await idOf(other, 'hand/made:1'), id, path)
  }
  const other = makeLab(t)
  const places = ['--root', other.root, '--run', other.run]
  const piped = spawnSync(command, [...places, 'images', 'load'], { input: readFileSync(`${saved}.gz`) })
  assert.equal(piped.status, 0, piped.stderr.toString())
  assert.equal(await idOf(other, 'hand/made:1'), id)
  const out = spawnSync(command, [...places, 'images', 'save', 'hand/made:1'], { maxBuffer: 1 << 26 })
  assert.deepEqual(out.stdout, readFileSync(saved))
})

test('skopeo and umoci read what we save, and we read what they write', async t => {
  const lab = makeLab(t)
  const id = await loaded(lab)
  const at = (name: string) => join(lab.folder, name)
  await lab.expect(0, 'images', 'save', 'hand/made:1', '--to', at('saved.tar'))
  await lab.expect(0, 'images', 'save', 'hand/made:1', '--directory', '--to', at('layout'))
  hostCommand('skopeo', 'copy', '--quiet', `docker-archive:${at('saved.tar')}`, `dir:${at('one')}`)
  hostCommand('skopeo', 'copy', '--quiet', `oci-archive:${at('saved.tar')}:1`, `oci:${at('again')}:hand/made:2`)
  hostCommand('umoci', 'unpack', '--rootless', '--image', `${at('layout')}:1`, at('bundle'))
  assert.equal(readFileSync(at('bundle/rootfs/etc/new'), 'utf8'), 'new')
  const other = makeLab(t)
  await other.expect(0, 'images', 'load', at('again'))
  assert.equal(await idOf(other, 'hand/made:2'), id)
  hostCommand(
    'skopeo',
    'copy',
    '--quiet',
    `oci:${at('again')}:hand/made:2`,
    `docker-archive:${at('theirs.tar')}:hand/made:3`,
  )
  await other.expect(0, 'images', 'load', at('theirs.tar'))
  assert.equal(await idOf(other, 'hand/made:3'), id)
  hostCommand('umoci', 'config', '--image', `${at('again')}:hand/made:2`, '--tag', 'v9', '--config.cmd', '/bin/x')
  await other.expect(0, 'images', 'load', at('again'), '--repository', 'from/umoci')
  assert.match((await other.expect(0, 'images', 'history', 'from/umoci:v9')).stdout, /umoci config/)
})

test('a stock dockerd loads what we save, bit by bit, and we load what it saves', async t => {
  const lab = makeLab(t)
  const id = await loaded(lab)
  writeFileSync(join(lab.folder, 'more.tar'), dockerArchive('other:2', [base, randomLayer('more', 5000)]))
  await lab.expect(0, 'images', 'load', join(lab.folder, 'more.tar'))
  const otherId = await idOf(lab, 'other:2')
  const saved = join(lab.folder, 'saved.tar')
  await lab.expect(0, 'images', 'save', 'hand/made:1', 'other:2', '--to', saved)
  const root = join(lab.folder, 'engine')
  mkdirSync(root)
  const engine = await startEngine(root)
  const theirs = join(lab.folder, 'theirs.tar')
  let warnings: readonly string[] = ['not stopped']
  try {
    engine.docker('load', '-i', saved)
    const ids = engine.docker('images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}').trim().split('\n')
    assert.deepEqual(ids.sort(), [`hand/made:1 ${id}`, `other:2 ${otherId}`])
    engine.docker('save', '-o', theirs, 'hand/made:1', 'other:2')
  } finally {
    warnings = await engine.stop()
  }
  assert.deepEqual(warnings, [])
  const other = makeLab(t)
  await other.expect(0, 'images', 'load', theirs)
  assert.deepEqual([await idOf(other, 'hand/made:1'), await idOf(other, 'other:2')], [id, otherId])
  await other.expect(0, 'images', 'save', 'hand/made:1', 'other:2', '--to', join(other.folder, 'again.tar'))
  assert.deepEqual(readFileSync(join(other.folder, 'again.tar')), readFileSync(saved))
})

test('two images that share a base keep its layers once, and a removed one leaves them', async t => {
  const lab = makeLab(t)
  await loaded(lab)
  writeFileSync(join(lab.folder, 'more.tar'), dockerArchive('other:2', [base, randomLayer('more', 5000)]))
  await lab.expect(0, 'images', 'load', join(lab.folder, 'more.tar'))
  assert.match((await lab.expect(0, 'images', 'rm', 'other:2')).stdout, /removed with 1 layer\n/)
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  assert.match((await lab.expect(0, 'images', 'rm', 'hand/made:1')).stdout, /removed with 2 layers\n/)
})
