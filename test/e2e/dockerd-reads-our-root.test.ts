import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readVolumeRows } from '../../src/dataroot/bbolt/volume-rows.ts'
import { createContainerLayers } from '../../src/dataroot/images/container-layers.ts'
import { chainIdsOf } from '../../src/dataroot/images/digest.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { createVolume } from '../../src/dataroot/objects/volumes.ts'
import type { Result } from '../../src/model/errors.ts'
import { handMadeLayer, storeImage } from '../support/hand-made-image.ts'
import { labPrefix } from '../support/leaks.ts'
import { startEngine } from '../support/stock-engine.ts'

const containerId = 'c0ffee'.padEnd(64, '0')
const manyVolumes = 40
const base = [
  { name: 'bin/' },
  { name: 'bin/tool', content: '#!/bin/sh\n', mode: 0o4755 },
  { name: 'etc/', mode: 0o750 },
  { name: 'etc/gone', content: 'x' },
  { name: 'etc/hosts', content: 'of the image\n' },
  { name: 'etc/kept', content: 'y'.repeat(700) },
  { name: 'bin/link', link: { kind: 'symbolic' as const, target: '/bin/tool' } },
]
const top = [
  { name: 'etc/', mode: 0o750 },
  { name: 'etc/.wh.gone' },
  { name: 'etc/new', content: 'new' },
  { name: 'etc/twin', link: { kind: 'hard' as const, target: 'etc/new' } },
]

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const sha256 = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

type Place = {
  readonly folder: string
  readonly paths: DataRootPaths
  readonly at: ImagePaths
  readonly imageId: string
}

async function ourRoot(t: TestContext): Promise<Place> {
  const folder = mkdtempSync(`${labPrefix}dockerd-`)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const paths = dataRootPaths(join(folder, 'ours'), join(folder, 'run'))
  expectOk(openRoot(paths, { create: true }))
  const at = expectOk(openImageStores(paths))
  const { imageId, config } = await storeImage(at, [base, top])
  const names = ['1', 'stable'].map(tag => ({ repository: 'hand/made', reference: `hand/made:${tag}` }))
  const byDigest = { repository: 'hand/made', reference: `hand/made@${sha256('manifest')}` }
  expectOk(putReferences(at, [...names, byDigest], imageId))
  const volume = { version: 1, anonymous: false, removal: 'keep', origin: null } as const
  expectOk(createVolume(paths, { ...volume, name: 'beat', labels: { team: 'a <b>', empty: '' } }))
  // more rows than one page holds
  for (let n = 0; n < manyVolumes; n++) {
    expectOk(createVolume(paths, { ...volume, name: `many-${n}`, labels: { long: `${n}`.padEnd(200, '-') } }))
  }
  expectOk(createContainerLayers(at, containerId, chainIdsOf(config.diffIds).at(-1) ?? null))
  writeContainer(paths, imageId)
  return { folder, paths, at, imageId }
}

/** The least that an engine takes for a stopped container of its own. */
function writeContainer({ containers }: DataRootPaths, imageId: string): void {
  const dir = join(containers, containerId)
  mkdirSync(dir)
  const config = {
    State: { ExitCode: 3, StartedAt: '2026-01-02T03:04:05Z', FinishedAt: '2026-01-02T03:04:06Z' },
    ID: containerId,
    Created: '2026-01-02T03:04:05Z',
    Path: '/bin/tool',
    Args: [],
    Config: { Hostname: 'made', Env: [], Cmd: ['/bin/tool'], Image: 'hand/made:1', WorkingDir: '/' },
    Image: imageId,
    NetworkSettings: { Networks: { none: { NetworkID: '' } } },
    Name: '/made',
    Driver: 'overlay2',
    OS: 'linux',
    MountPoints: {},
  }
  writeFileSync(join(dir, 'config.v2.json'), `${JSON.stringify(config)}\n`)
}

const tar = (...args: readonly string[]) => {
  const result = spawnSync('tar', args, { encoding: 'utf8' })
  assert.equal(result.status, 0, result.stderr)
  return result.stdout
}

test('a stock dockerd lists, saves, mounts and removes what we stored, and warns of nothing', async t => {
  const { folder, paths, imageId } = await ourRoot(t)
  const copy = join(folder, 'copy')
  assert.equal(spawnSync('cp', ['-a', '--sparse=always', paths.root, copy]).status, 0)
  const theirs = dataRootPaths(copy, paths.run)
  const engine = await startEngine(copy)
  let warnings: readonly string[] = ['not stopped']
  try {
    const { docker } = engine
    assert.deepEqual(
      docker('images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}').trim().split('\n').sort(),
      [`hand/made:1 ${imageId}`, `hand/made:stable ${imageId}`],
    )
    const [image] = JSON.parse(docker('image', 'inspect', imageId)) as [Record<string, unknown>]
    assert.deepEqual(image['RepoDigests'], [`hand/made@${sha256('manifest')}`])
    assert.deepEqual(image['Size'], handMadeLayer(base).sizeBytes + handMadeLayer(top).sizeBytes)

    assert.equal(docker('volume', 'ls', '-q').trim().split('\n').length, manyVolumes + 1)
    assert.equal(docker('volume', 'ls', '-q', '--filter', 'label=long').trim().split('\n').length, manyVolumes)
    const [beat] = JSON.parse(docker('volume', 'inspect', 'beat')) as [Record<string, unknown>]
    assert.deepEqual(beat['Labels'], { team: 'a <b>', empty: '' })

    docker('save', '-o', join(folder, 'saved.tar'), 'hand/made:1')
    mkdirSync(join(folder, 'saved'))
    tar('-xf', join(folder, 'saved.tar'), '-C', join(folder, 'saved'))
    const [saved] = JSON.parse(readFileSync(join(folder, 'saved/manifest.json'), 'utf8')) as [
      { readonly Layers: string[] },
    ]
    const layers = saved.Layers.map(layer => readFileSync(join(folder, 'saved', layer)))
    assert.deepEqual(
      layers.map(sha256),
      [base, top].map(layer => sha256(handMadeLayer(layer).tar)),
    )

    assert.equal(
      docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Image}}').trim(),
      `${containerId} hand/made:1`,
    )
    docker('export', '-o', join(folder, 'exported.tar'), containerId)
    const shown = tar('-tf', join(folder, 'exported.tar')).trim().split('\n').sort()
    assert.deepEqual(shown, [
      '.dockerenv',
      'bin/',
      'bin/link',
      'bin/tool',
      'dev/',
      'dev/console',
      'dev/pts/',
      'dev/shm/',
      'etc/',
      'etc/hostname',
      'etc/hosts',
      'etc/kept',
      'etc/mtab',
      'etc/new',
      'etc/resolv.conf',
      'etc/twin',
      'proc/',
      'sys/',
    ])
    assert.match(tar('-tvf', join(folder, 'exported.tar'), 'etc/'), /^drwxr-x--- /)
    // the containers's own layer, and the image's file that the init layer hides
    assert.equal(docker('diff', containerId).trim(), '')
    docker('rm', 'made')
    docker('volume', 'create', '--label', 'by=dockerd', 'theirs')
    docker('volume', 'rm', 'many-0')
    docker('tag', 'hand/made:1', 'other:2')
    docker('rmi', 'hand/made:stable')
  } finally {
    warnings = await engine.stop()
  }
  assert.deepEqual(warnings, [])
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(copy))

  const stores = expectOk(listStores(expectOk(openImageStores(theirs))))
  assert.deepEqual(
    [stores.bad, stores.images.map(image => image.imageId), [...stores.mounts.keys()]],
    [[], [imageId], []],
  )
  assert.ok(stores.references.some(({ reference }) => reference === 'other:2'))
  const rows = new Map(expectOk(readVolumeRows(theirs.metadataDb)).map(row => [row.name, row.labels]))
  assert.deepEqual([rows.size, rows.get('theirs'), rows.has('many-0')], [manyVolumes + 1, { by: 'dockerd' }, false])
  const { litter, damage } = expectOk(fsck(theirs))
  assert.deepEqual([litter, damage], [[], []])
})

test('what dockerd wrote we extend in place, and dockerd reads that', async t => {
  const folder = mkdtempSync(`${labPrefix}dockerd-`)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const paths = dataRootPaths(join(folder, 'root'), join(folder, 'run'))
  expectOk(openRoot(paths, { create: true }))
  const withEngine = async <T>(act: (docker: (...args: readonly string[]) => string) => T): Promise<T> => {
    const engine = await startEngine(paths.root)
    try {
      return act(engine.docker)
    } finally {
      assert.deepEqual(await engine.stop(), [])
    }
  }
  await withEngine(docker => {
    for (let n = 0; n < 20; n++) docker('volume', 'create', '--label', `n=${n}`.padEnd(300, '-'), `theirs-${n}`)
    for (let n = 0; n < 20; n += 2) docker('volume', 'rm', `theirs-${n}`)
  })
  const volume = { version: 1, anonymous: false, removal: 'keep', origin: null } as const
  for (let n = 0; n < 12; n++) {
    expectOk(createVolume(paths, { ...volume, name: `ours-${n}`, labels: { n: `${n}`.padEnd(300, '-') } }))
  }
  await withEngine(docker => {
    const names = docker('volume', 'ls', '-q', '--filter', 'label=n').trim().split('\n')
    assert.equal(names.filter(name => name.startsWith('ours-')).length, 12)
    docker('volume', 'create', '--label', 'late=1', 'late')
  })
  assert.equal(expectOk(readVolumeRows(paths.metadataDb)).length, 10 + 12 + 1)
})
