import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dockerArchive } from '../support/docker-archive.ts'
import { hostCommand } from '../support/host-command.ts'
import { type Lab, makeLab, readText } from '../support/lab.ts'
import { startEngine } from '../support/stock-engine.ts'
import { dir, file, link, tar } from '../support/tar.ts'

/** The classic example: an image with VOLUMEs, and the five forms of -v; one of them covers a VOLUME. */
const imageConfig = {
  Cmd: ['/bin/sh', '-c', 'exec sleep 1000'],
  Env: ['PATH=/bin'],
  Volumes: { '/data': {}, '/named': {}, '/odd//path/': {} },
}
const classic = [
  '/anonymous',
  'named:/named',
  'kept:/kept:ro',
  'FOLDER/source:/bound',
  'FOLDER/one-file:/etc/one-file:ro',
]

/** What -v says beside that, and what only --mount can, in both languages. */
const more = ['bare:/bare:ro,nocopy', 'FOLDER/source:/slave:rslave']
const long: readonly (readonly [mount: string, manifest: string])[] = [
  [
    'type=bind,source=FOLDER/source,target=/flat,bind-nonrecursive=true',
    '{ type: bind, source: FOLDER/source, target: /flat, recursive: false }',
  ],
  ['type=volume,target=/unfilled,volume-nocopy', '{ type: volume, target: /unfilled, noCopy: true }'],
  ['type=tmpfs,target=/quick', '{ type: tmpfs, target: /quick }'],
  [
    'type=tmpfs,target=/data,tmpfs-size=1048576,tmpfs-mode=1770',
    '{ type: tmpfs, target: /data, size: 1Mi, mode: "1770" }',
  ],
]

const manifest = (lab: Lab, state: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: classic }
spec:
  image: five:1
  pull: never
  state: ${state}
  restart: { policy: unless-stopped }
  mounts: ${JSON.stringify(inFolder(lab, classic))}
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: more }
spec:
  image: five:1
  pull: never
  state: stopped
  mounts:
${inFolder(lab, [...more.map(mount => JSON.stringify(mount)), ...long.map(([, mount]) => mount)])
  .map(mount => `    - ${mount}\n`)
  .join('')}`

const inFolder = (lab: Lab, mounts: readonly string[]) => mounts.map(mount => mount.replace('FOLDER', lab.folder))

type Mount = {
  readonly Type: string
  readonly Name?: string
  readonly Source: string
  readonly Destination: string
  readonly RW: boolean
}
type Inspected = {
  readonly Id: string
  readonly Mounts: readonly Mount[]
  readonly Config: { readonly Volumes: object }
  readonly HostConfig: { readonly Binds: readonly string[]; readonly Mounts?: readonly object[] }
}

/** In one order, without what is drawn at random, and without where the data-root lies. */
function comparable(mounts: readonly Mount[], root: string): Mount[] {
  const text = JSON.stringify(mounts)
    .replaceAll(`"${root}/volumes/`, '"volumes/')
    .replaceAll(/[0-9a-f]{64}/g, 'drawn')
  return (JSON.parse(text) as Mount[]).sort((a, b) => (a.Destination < b.Destination ? -1 : 1))
}

/** `MountPoints` as they lie on the disk. A bind of a manifest never makes its source, which -v would. */
function stored(root: string, id: string): Mount[] {
  const text = readFileSync(join(root, 'containers', id, 'config.v2.json'), 'utf8')
  const { MountPoints } = JSON.parse(text) as {
    MountPoints: Record<string, Mount & { SkipMountpointCreation: boolean }>
  }
  return Object.values(MountPoints).map(({ SkipMountpointCreation: _makes, ...mount }) => mount)
}

const asked = ({ HostConfig, Config }: Inspected) => ({
  binds: [...HostConfig.Binds].sort(),
  mounts: HostConfig.Mounts ?? null,
  volumes: Config.Volumes,
})

async function prepared(lab: Lab): Promise<string> {
  mkdirSync(`${lab.folder}/source`)
  writeFileSync(`${lab.folder}/one-file`, 'one\n')
  const busybox = { name: 'bin/busybox', content: readFileSync('/bin/busybox'), mode: 0o755 }
  const names = ['sh', 'sleep'].map(name => link(`bin/${name}`, 'busybox'))
  const layer = tar(dir('bin/'), busybox, ...names, dir('named/'), file('named/first', 'of the image'), dir('data/'))
  const archive = join(lab.folder, 'image.tar')
  writeFileSync(archive, dockerArchive('five:1', [layer], [], imageConfig))
  await lab.expect(0, 'images', 'load', archive)
  return archive
}

test('the classic example: every field of Mounts is what docker inspect says for the same request', async t => {
  const lab = makeLab(t)
  const archive = await prepared(lab)
  await lab.expect(0, '--once', lab.write('five.yaml', manifest(lab, 'running')))
  const shown = (await lab.inspect('classic'))['mounts'] as Mount[]
  const pid = await lab.pid('classic')
  for (const { Source, Destination, RW } of shown) {
    const inside = statSync(`/proc/${pid}/root${Destination}`)
    assert.deepEqual([inside.dev, inside.ino], [statSync(Source).dev, statSync(Source).ino], Destination)
    const line = readText(`/proc/${pid}/mountinfo`)
      .split('\n')
      .filter(text => text.split(' ')[4] === Destination)
      .at(-1)
    assert.equal(line?.split(' ')[5]?.split(',')[0], RW ? 'rw' : 'ro', Destination)
  }
  assert.equal(readText(`/proc/${pid}/root/named/first`), 'of the image')
  await lab.expect(0, '--once', lab.write('five.yaml', manifest(lab, 'stopped')))
  const [copy, stock] = [join(lab.folder, 'copy'), join(lab.folder, 'stock')]
  hostCommand('cp', '-a', '--sparse=always', lab.root, copy)
  mkdirSync(stock)

  const seen = await withEngine(copy, docker => inspectBoth(docker))
  const wanted = await withEngine(stock, docker => {
    docker('load', '-i', archive)
    const binds = (mounts: readonly string[]) => inFolder(lab, mounts).flatMap(mount => ['-v', mount])
    const mounts = inFolder(
      lab,
      long.map(([mount]) => mount),
    ).flatMap(mount => ['--mount', mount])
    docker('create', '--network', 'none', '--name', 'classic', ...binds(classic), 'five:1')
    docker('create', '--network', 'none', '--name', 'more', ...binds(more), ...mounts, 'five:1')
    return inspectBoth(docker)
  })
  for (const name of ['classic', 'more'] as const) {
    const [ours, theirs] = [seen[name], wanted[name]]
    assert.deepEqual(comparable(ours.Mounts, copy), comparable(theirs.Mounts, stock), name)
    assert.deepEqual(asked(ours), asked(theirs), name)
    const own = (await lab.inspect(name))['mounts'] as Mount[]
    assert.deepEqual(comparable(own, lab.root), comparable(theirs.Mounts, stock), name)
    assert.deepEqual(comparable(stored(lab.root, ours.Id), lab.root), comparable(stored(stock, theirs.Id), stock), name)
  }
  assert.deepEqual(comparable(shown, lab.root), comparable(seen.classic.Mounts, copy))
  assert.equal(shown.length, 7)
})

const inspectBoth = (docker: (...args: readonly string[]) => string) => {
  const [classic, more] = JSON.parse(docker('inspect', 'classic', 'more')) as [Inspected, Inspected]
  return { classic, more }
}

async function withEngine<T>(root: string, act: (docker: (...args: readonly string[]) => string) => T): Promise<T> {
  const engine = await startEngine(root)
  let warnings: readonly string[] = ['not stopped']
  try {
    return act(engine.docker)
  } finally {
    warnings = await engine.stop()
    assert.deepEqual(warnings, [])
  }
}
