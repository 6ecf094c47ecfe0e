import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { dockerArchive } from '../support/docker-archive.ts'
import { hostCommand } from '../support/host-command.ts'
import { openShop, randomLayer, realImage } from '../support/image-shop.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'
import { onOverlay, sealed } from '../support/on-overlay.ts'
import { sha256 } from '../support/registry-client.ts'
import { startEngine } from '../support/stock-engine.ts'
import { dir, file, hardLink, link, tar } from '../support/tar.ts'

const programs = tar(
  dir('bin/'),
  { name: 'bin/busybox', content: readFileSync('/usr/bin/busybox'), mode: 0o755 },
  ...['sh', 'sleep', 'ls', 'cat', 'rm'].map(name => link(`bin/${name}`, 'busybox')),
  dir('srv/', { mode: 0o750, uid: 3 }),
  file('srv/gone', 'x'),
  file('srv/kept', 'kept', { mode: 0o4755 }),
  hardLink('srv/twin', 'srv/kept'),
)
const service = tar(dir('srv/', { mode: 0o751, uid: 3 }), file('srv/.wh.gone', ''), file('srv/new', 'new'))
const other = tar(dir('opt/'), file('opt/own', 'other'))

const manifest = (name: string, spec: string) =>
  `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: ${name} }\nspec:\n  stop: { grace: 1s }\n  ${spec}\n`
const program = (script: string) => `command: ["/bin/sh", -c, "${script}; exec /bin/sleep 1000"]`

const trees = (lab: Lab): string[] => readdirSync(join(lab.root, 'vfs/dir')).sort()
const saying = (lab: Lab, name: string, pattern: RegExp) =>
  eventually(
    async () => pattern.test((await lab.reconcile('logs', name)).stdout),
    20_000,
    () => `${name} never said ${pattern}`,
  )

async function load(lab: Lab, tag: string, layers: readonly Buffer[]): Promise<void> {
  const path = join(lab.folder, 'archive.tar')
  writeFileSync(path, dockerArchive(tag, layers))
  await lab.expect(0, 'images', 'load', path)
}

test('a data-root on an overlay stores whole copies and says so, and its containers live as everywhere', async t => {
  const lab = makeLab(t, onOverlay)
  const doctor = await lab.expect(0, 'doctor')
  assert.match(doctor.stdout, /^storage +vfs on \S+root +limited$/m)
  assert.match(doctor.stdout, /lies on an overlay itself: no overlay can be mounted on it: invalid argument \(EINVAL\)/)

  const shop = await openShop({ app: realImage([programs, service], { config: { Env: ['PATH=/bin'] } }) })
  t.after(() => shop.close())
  const first = await lab.expect(0, 'images', 'pull', `${shop.host}/app:1`)
  assert.match(
    first.stderr,
    /^storage vfs on \S+: every layer and every container is a whole copy; \S+ lies on an over/m,
  )
  await load(lab, 'other:1', [programs, other])
  // the base that both have is there once
  assert.equal(trees(lab).length, 3)
  const listed = await lab.expect(0, 'images', 'ls')
  assert.match(listed.stderr, /^storage vfs on \S+: every .* copy; `reconcile doctor` says why$/m)

  const script = 'ls /srv; cat /srv/kept; echo; echo changed > /srv/kept; rm /srv/new; echo ready'
  const path = lab.write('web.yaml', manifest('web', `image: "${shop.host}/app:1"\n  ${program(script)}`))
  await lab.expect(0, '--once', path)
  await saying(lab, 'web', /kept\nnew\ntwin\nkept\nready/)
  const [own = '', init = ''] = trees(lab)
    .filter(name => name.endsWith('-init'))
    .flatMap(name => [name.slice(0, 64), name])
  assert.deepEqual(readdirSync(join(lab.root, 'vfs/dir', own, 'srv')).sort(), ['kept', 'twin'])
  assert.deepEqual(readdirSync(join(lab.root, 'vfs/dir', init, 'srv')).sort(), ['kept', 'new', 'twin'])
  assert.match((await lab.expect(0, 'ps')).stderr, /^storage vfs on /m)

  // changes outlive a restart, a new container begins with the image again
  await lab.expect(0, 'restart', 'web')
  await lab.expect(0, '--once', path)
  await saying(lab, 'web', /ready\nkept\ntwin\nchanged\n/)
  lab.write('web.yaml', manifest('web', `image: "${shop.host}/app:1"\n  hostname: again\n  ${program(script)}`))
  await lab.expect(0, '--once', path)
  await saying(lab, 'web', /^new$/m)
  assert.equal(trees(lab).length, 5)

  await lab.expect(0, 'down', path)
  assert.equal(trees(lab).length, 3)
  await lab.expect(0, 'images', 'rm', 'other:1', `${shop.host}/app:1`)
  assert.deepEqual([trees(lab), existsSync(join(lab.root, 'overlay2'))], [[], false])
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})

test('containers of a rootfs and of the host get copies there, which end with them', async t => {
  const lab = makeLab(t, onOverlay)
  const rootfs = join(lab.folder, 'rootfs')
  mkdirSync(rootfs)
  hostCommand('tar', '-x', '-C', rootfs, '-f', writtenTar(lab, programs))
  const ofPath = manifest(
    'ofpath',
    `rootfs: ${rootfs}\n  ${program('echo x > /srv/mine; cat /srv/kept; echo; echo up')}`,
  )
  const ofHost = manifest('ofhost', `rootfs: host\n  ${program('echo x > /root/mine; echo up')}`)
  const path = lab.write('both.yaml', `${ofPath}---\n${ofHost}`)
  await lab.expect(0, '--once', path)
  await saying(lab, 'ofpath', /kept\nup/)
  await saying(lab, 'ofhost', /up/)
  assert.equal(existsSync(join(rootfs, 'srv/mine')), false)
  const { id } = await lab.inspect('ofpath')
  assert.equal(readFileSync(join(lab.root, 'reconcile/layers', id, 'root/srv/mine'), 'utf8'), 'x\n')
  await lab.expect(0, 'restart', 'ofpath')
  await lab.expect(0, '--once', path)
  assert.ok(existsSync(join(lab.root, 'reconcile/layers', id, 'root/srv/mine')))
  await lab.expect(0, 'down', path)
  assert.deepEqual(readdirSync(join(lab.root, 'reconcile/layers')), [])
})

test('a rootfs that holds the data-root itself is refused by its name, and nothing is filled', async t => {
  const lab = makeLab(t, onOverlay)
  const path = lab.write('all.yaml', manifest('all', `rootfs: ${lab.root}\n  ${program('echo up')}`))
  const { stdout } = await lab.expect(1, '--once', path)
  assert.match(stdout, /root holds \S+\.part: it can't be copied into itself; \S+ lies on an overlay itself/)
})

test('a data-root that came with the image of its container is used and emptied like any other', async t => {
  const lab = makeLab(t, onOverlay)
  await load(lab, 'app:1', [programs, service])
  sealed(lab.folder, lab.root)
  // the copy of a data-root gets an identity of its own
  rmSync(join(lab.root, 'reconcile/root-id'))
  const path = lab.write(
    'web.yaml',
    manifest('web', `image: "app:1"\n  pull: never\n  ${program('cat /srv/new; echo')}`),
  )
  await lab.expect(0, '--once', path)
  await saying(lab, 'web', /^new$/m)
  await lab.expect(0, 'down', path)
  await lab.expect(0, 'images', 'rm', 'app:1')
  assert.deepEqual([trees(lab), readdirSync(join(lab.root, 'image/vfs/layerdb/sha256'))], [[], []])
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})

test('a load that is killed among its copies leaves what fsck collects, and is repeated', async t => {
  const lab = makeLab(t, onOverlay)
  const path = join(lab.folder, 'archive.tar')
  const layers = ['one', 'two', 'three'].map(name => randomLayer(name, 8_000_000))
  writeFileSync(path, dockerArchive('app:1', layers))
  for (const ms of [400, 500, 600, 700, 800, 1000]) {
    const loading = lab.watch('images', 'load', path)
    await sleep(ms)
    await loading.kill('SIGKILL')
    await lab.expect(0, 'fsck', '--repair')
    assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  }
  await lab.expect(0, 'images', 'load', path)
  assert.equal(trees(lab).length, 3)
  assert.deepEqual(readdirSync(join(lab.root, 'reconcile/layer-staging')), [])
})

test('a stock dockerd reads a vfs root of ours: it lists, saves bit by bit, inspects and removes', async t => {
  const lab = makeLab(t, onOverlay)
  await load(lab, 'app:1', [programs, service])
  await load(lab, 'other:1', [programs, other])
  const script = 'command: ["/bin/sh", -c, "echo changed > /srv/kept; rm /srv/new"]'
  const spec = `image: "app:1"\n  pull: never\n  restart: { policy: "no" }\n  ${script}`
  await lab.expect(0, '--once', lab.write('web.yaml', manifest('web', spec)))
  const { id, phase } = await lab.inspect('web')
  assert.equal(phase, 'exited')
  const saved = join(lab.folder, 'ours.tar')
  await lab.expect(0, 'images', 'save', 'app:1', '--to', saved)
  const copy = join(lab.folder, 'copy')
  hostCommand('cp', '-a', '--sparse=always', lab.root, copy)
  const engine = await startEngine(copy, 'vfs')
  let warnings: readonly string[] = ['not stopped']
  try {
    const { docker } = engine
    const names = docker('images', '--format', '{{.Repository}}:{{.Tag}}').trim().split('\n').sort()
    assert.deepEqual(names, ['app:1', 'other:1'])
    const [seen] = JSON.parse(docker('inspect', id))
    assert.deepEqual([seen.Driver, seen.GraphDriver.Name, seen.Name], ['vfs', 'vfs', '/web'])
    const [image] = JSON.parse(docker('image', 'inspect', 'app:1'))
    assert.deepEqual(image.RootFS.Layers, [programs, service].map(sha256))
    assert.deepEqual(
      docker('diff', id)
        .trim()
        .split('\n')
        .filter(line => line.includes('/srv'))
        .sort(),
      ['C /srv', 'C /srv/kept', 'C /srv/twin', 'D /srv/new'],
    )
    docker('save', '-o', join(lab.folder, 'theirs.tar'), 'app:1')
    docker('rm', '-f', 'web')
    docker('rmi', 'app:1', 'other:1')
    assert.deepEqual(readdirSync(join(copy, 'vfs/dir')), [])
  } finally {
    warnings = await engine.stop()
    rmSync(copy, { recursive: true, force: true })
  }
  assert.deepEqual(warnings, [])
  const layersOf = (archive: string) => layerDigests(lab, archive)
  assert.deepEqual(layersOf(join(lab.folder, 'theirs.tar')), [programs, service].map(sha256))
  assert.deepEqual(layersOf(saved), [programs, service].map(sha256))
  assert.match((await lab.reconcile('handover', '--check')).stdout, /^lists +web +restart policy /m)
})

function writtenTar(lab: Lab, archive: Buffer): string {
  const path = join(lab.folder, 'programs.tar')
  writeFileSync(path, archive)
  return path
}

function layerDigests(lab: Lab, archive: string): string[] {
  const folder = join(lab.folder, 'unpacked')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  hostCommand('tar', '-x', '-C', folder, '-f', archive)
  const [{ Layers = [] } = {}] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    readonly Layers?: string[]
  }[]
  return Layers.map(name => sha256(readFileSync(join(folder, name))))
}
