import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { at, listing, openLayerLab, paths, sha256, splitLines, unpacked } from '../support/layer-lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { startEngine } from '../support/stock-engine.ts'
import { dir, extension, file, hardLink, link, paxRecords, tar } from '../support/tar.ts'

const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex')
const attributes = { 'SCHILY.xattr.user.note': 'a\0b', 'SCHILY.xattr.security.capability': capability }

/** One of everything that Docker takes; its times are long past, so that a time of today is one that nobody set. */
const layer = Buffer.concat([
  extension('g', paxRecords({ comment: 'of git archive' })),
  tar(
    dir('./', { mode: 0o700, uid: 9 }),
    dir('usr/', { mode: 0o751, uid: 5, gid: 6, mtime: 1_500_000_000 }),
    file('usr/tool', '#!tool\n', { mode: 0o4755, uid: 1000, gid: 1001, mtime: 1_500_000_001 }),
    hardLink('usr/same', 'usr/tool'),
    link('usr/out', '../../../../etc/passwd'),
    { name: 'usr/pipe', type: '6', mode: 0o600 },
    { name: 'usr/null', type: '3', device: [1, 3], mode: 0o666 },
    dir('tmp', { mode: 0o1777 }),
    file('made/by/nobody/file', 'deep'),
    file('etc/.wh.gone', '', { uid: 7, gid: 8 }),
    file('var/.wh..wh..opq', ''),
    dir('var', { mode: 0o700 }),
    file('../climbs', 'c'),
    file('/absolute', 'abs'),
    file('old', 'v7', { type: '\0' }),
    link('way', 'made'),
    file('way/through', 't'),
    file('a/../cleaned', 'n'),
    file('early', '', { pax: { mtime: '-5.5' } }),
    file(Buffer.from('\xff<&>', 'latin1'), 'raw'),
    file('escaped<&>\u2028', 'json'),
    file('short', 'xx', { pax: { path: 'n'.repeat(200), mtime: '1600000000.123456789', ...attributes } }),
    file('over/x', '1'),
    file('/over', '2'),
  ),
  Buffer.alloc(9000),
])

function imageArchive(): Buffer {
  const rootfs = { type: 'layers', diff_ids: [sha256(layer)] }
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : 'arm64',
    os: 'linux',
    config: {},
    rootfs,
  })
  const manifest = [{ Config: 'config.json', RepoTags: ['parity:1'], Layers: ['layer.tar'] }]
  return tar(
    { name: 'config.json', content: config },
    { name: 'layer.tar', content: layer },
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  )
}

/** Adjacent raw pieces joined: how they are cut is free. */
function joined(path: string): unknown[] {
  const parts: unknown[] = []
  let raw = ''
  for (const { position: _position, ...line } of splitLines(path)) {
    if (line.type === 2) raw += Buffer.from(line.payload ?? '', 'base64').toString('hex')
    else {
      parts.push(raw, line)
      raw = ''
    }
  }
  return [...parts, raw]
}

/** Times in nanoseconds; those of today are of directories that no member sets. */
function times(diff: string): string[] {
  const today = BigInt(Date.now() - 86_400_000) * 1_000_000n
  return paths(diff).map(path => {
    const { mtimeNs } = lstatSync(at(diff, path), { bigint: true })
    return `${path} ${mtimeNs > today ? 'unset' : mtimeNs}`
  })
}

const xattrs = (diff: string): string =>
  spawnSync('sh', ['-c', 'getfattr -R -P -h -d -m - -e hex . | sort'], { cwd: diff, encoding: 'utf8' }).stdout

test('Docker makes the same files, tar-split and size of the same layer', { timeout: 120_000 }, async t => {
  const folder = mkdtempSync(`${labPrefix}parity-`)
  const root = join(folder, 'root')
  mkdirSync(root)
  writeFileSync(join(folder, 'image.tar'), imageArchive())
  const engine = await startEngine(root)
  try {
    engine.docker('load', '-i', join(folder, 'image.tar'))
  } finally {
    await engine.stop()
  }
  t.after(() => rmSync(folder, { recursive: true }))
  const entry = join(root, 'image/overlay2/layerdb/sha256', sha256(layer).slice(7))
  const theirs = join(root, 'overlay2', readFileSync(join(entry, 'cache-id'), 'utf8'), 'diff')
  const ours = await unpacked(openLayerLab(t), gzipSync(layer))
  assert.deepEqual(listing(ours.dir), listing(theirs))
  assert.deepEqual(times(ours.dir), times(theirs))
  assert.match(xattrs(theirs), /security\.capability.*\n(.*\n)*.*user\.note/)
  assert.equal(xattrs(ours.dir), xattrs(theirs))
  assert.deepEqual(joined(ours.tarSplit), joined(join(entry, 'tar-split.json.gz')))
  assert.equal(String(ours.value.sizeBytes), readFileSync(join(entry, 'size'), 'utf8'))
})
