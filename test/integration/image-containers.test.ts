import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ConvergeDeps } from '../../src/converge/deps.ts'
import { createContainer } from '../../src/converge/create-container.ts'
import { execute } from '../../src/converge/executors.ts'
import { readRecord, sweepRemoved } from '../../src/dataroot/containers.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { usedImages } from '../../src/dataroot/images/used-images.ts'
import { containerPaths, type DataRootPaths, dataRootPaths, imagePaths } from '../../src/dataroot/paths.ts'
import { openRoot } from '../../src/dataroot/root.ts'
import type { Action } from '../../src/model/action.ts'
import type { ContainerSpec, DesiredContainer, Mount } from '../../src/model/desired.ts'
import type { ImageUse } from '../../src/model/observed.ts'
import { observeImages } from '../../src/observe/images.ts'
import { type Core, openCore } from '../../src/runtime/core.ts'
import { cutOffAfter } from '../support/cut-off.ts'
import { fakeHost } from '../support/fake-host.ts'
import { type Member, storeImage } from '../support/hand-made-image.ts'
import { containerOf, volumeOf } from '../support/specs.ts'
import { failure, noLimits, until, value } from './core-lab.ts'

type Lab = {
  readonly deps: ConvergeDeps
  readonly paths: DataRootPaths
  readonly core: Core
  readonly newId: () => string
  run(action: Action): ReturnType<typeof execute>
}

/** A data-root with a core of its own; all containers are gone when the test ends. */
function openLab(t: TestContext): Lab {
  const host = fakeHost()
  const paths = dataRootPaths(join(host.dir, 'root'), join(host.dir, 'run'))
  const { rootId } = value(openRoot(paths, { create: true }))
  mkdirSync(paths.run, { recursive: true })
  const shimPath = resolve(import.meta.dirname, '../../build/reconcile-shim')
  const core = value(
    openCore({ rootId, runDir: paths.run, shimPath, cgroupParent: `reconcile-${rootId}`, probeDir: null }),
  )
  const deps: ConvergeDeps = { paths, rootId, core, now: Date.now, heldCapabilities: 0n, beginPull: () => {} }
  const ids: string[] = []
  t.after(async () => {
    for (const id of ids) value(await core.cleanup(id))
    core.close()
    host.remove()
  })
  const newId = () => {
    ids.push(randomBytes(32).toString('hex'))
    return ids.at(-1) ?? ''
  }
  const run = (action: Action) => {
    const subject = { kind: 'container', name: 'web', id: null } as const
    return execute(deps, {
      id: 1,
      subject,
      action,
      reason: { code: 'missing' },
      class: 'create',
      after: [],
      position: null,
    })
  }
  return { deps, paths, core, newId, run }
}

const links = ['bin', 'lib', 'lib64'].map(
  (name): Member => ({ name, link: { kind: 'symbolic', target: `usr/${name}` } }),
)
const base: readonly Member[] = [
  ...links,
  { name: 'usr/' },
  { name: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\nweb:x:7:8::/srv:/bin/sh\n' },
  { name: 'data/', mode: 0o1777 },
  { name: 'data/lower', content: 'of the base' },
  { name: 'data/gone', content: 'x' },
]
const top: readonly Member[] = [
  { name: 'data/', mode: 0o1777 },
  { name: 'data/.wh.gone' },
  { name: 'data/tool', content: '#!', mode: 0o4755 },
  { name: 'data/same', link: { kind: 'hard', target: 'data/tool' } },
]
const config = {
  Env: ['GREETING=hello', 'PLACE=image'],
  Entrypoint: ['sh', '-c'],
  Cmd: ['id -u; pwd; echo $GREETING $PLACE; ls /data; exec sleep 60'],
  User: 'web',
  WorkingDir: '/srv/work',
  Volumes: { '/data': {} },
  StopSignal: 'SIGKILL',
  Labels: { made: 'by hand' },
  ExposedPorts: { '80/tcp': {} },
}
const usr: Mount = {
  type: 'bind',
  source: '/usr',
  target: '/usr',
  readOnly: true,
  recursive: false,
  propagation: 'rprivate',
  createSource: false,
}

async function store({ paths }: Lab, layers = [base, top], changes: object = {}): Promise<ImageUse> {
  const at = value(openImageStores(paths))
  const { imageId } = await storeImage(at, layers, { config: { config: { ...config, ...changes } } })
  value(putReferences(at, [{ repository: 'web', reference: 'web:1' }], imageId))
  return { id: imageId, reference: 'web:1' }
}

/** A manifest that leaves all to the image. */
function wanted(mounts: readonly Mount[] = [], spec: Partial<ContainerSpec> = {}): DesiredContainer {
  const silent = { rootfs: null, image: 'web:1', entrypoint: [], command: [], env: {}, user: '', workingDir: '' }
  const stop = { signal: null, graceMs: null }
  return containerOf('web', { spec: { ...silent, mounts: [usr, ...mounts], ...spec }, stop })
}

const creation = (
  id: string,
  image: ImageUse,
  container = wanted(),
  anonymousVolumes: Readonly<Record<string, string>> = {},
): Action => ({ kind: 'create-container', id, container, limits: noLimits, anonymousVolumes, image })

const config2 = (paths: DataRootPaths, id: string) => JSON.parse(readFileSync(containerPaths(paths, id).config, 'utf8'))
const dataOf = (paths: DataRootPaths, name: string) => join(paths.volumes, name, '_data')
const overlayNames = (paths: DataRootPaths) => readdirSync(imagePaths(paths).overlay).filter(name => name !== 'l')

test('a container runs on its image’s layers as image and manifest say, and its volumes begin with the image’s content', async t => {
  const lab = openLab(t)
  const { paths, core } = lab
  const image = await store(lab)
  const [id, anonymous] = [lab.newId(), 'a1'.repeat(32)]
  value(await lab.run(creation(id, image, wanted([], { env: { PLACE: 'manifest' } }), { '/data': anonymous })))
  const data = dataOf(paths, anonymous)
  assert.deepEqual(readdirSync(data).sort(), ['lower', 'same', 'tool'])
  assert.deepEqual([statSync(data).mode & 0o7777, statSync(join(data, 'tool')).mode & 0o7777], [0o1777, 0o4755])
  assert.equal(statSync(join(data, 'same')).ino, statSync(join(data, 'tool')).ino)
  value(await lab.run({ kind: 'start-container', id, restart: false, streak: 0 }))
  const log = () => readFileSync(containerPaths(paths, id).log, 'utf8')
  await until(() => log().includes('tool'), 'the output')
  const lines = log()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).log.trim())
  assert.deepEqual(lines, ['7', '/srv/work', 'hello manifest', 'lower', 'same', 'tool'])
  const docker = config2(paths, id)
  assert.deepEqual(
    [docker.Driver, docker.Image, docker.Path, docker.Config.Image, docker.Config.User, docker.Config.Volumes],
    ['overlay2', image.id, 'sh', 'web:1', 'web', { '/data': {} }],
  )
  assert.deepEqual(docker.Config.Labels, { made: 'by hand', ...wanted().labels })
  assert.deepEqual(docker.Config.ExposedPorts, { '80/tcp': {} })
  assert.deepEqual([docker.MountPoints['/data'].Name, docker.MountPoints['/data'].Spec], [anonymous, {}])
  value(await lab.run({ kind: 'begin-stop', id, stop: { signal: null, graceMs: null } }))
  await until(() => existsSync(containerPaths(paths, id).exit), 'the exit')
  assert.equal(JSON.parse(readFileSync(containerPaths(paths, id).exit, 'utf8')).signal, 9)
  value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [anonymous] }))
  assert.deepEqual(
    [overlayNames(paths).length, readdirSync(imagePaths(paths).mounts), existsSync(data)],
    [2, [], false],
  )
  assert.deepEqual(value(fsck(paths)).litter, [])
  assert.equal(core.features.overlay, true)
})

test('sixty layers are one root', async t => {
  const lab = openLab(t)
  const layers = Array.from({ length: 60 }, (_, i): Member[] => [{ name: `srv/layer-${i}`, content: `${i}` }])
  const image = await store(lab, [base, ...layers], { Cmd: ['ls /srv | grep -c layer-'], User: '', Volumes: null })
  const id = lab.newId()
  value(await lab.run(creation(id, image)))
  value(await lab.run({ kind: 'start-container', id, restart: false, streak: 0 }))
  await until(() => readFileSync(containerPaths(lab.paths, id).log, 'utf8').includes('"60\\n"'), 'sixty files')
})

test('only an empty volume is filled, and not one that says noCopy', async t => {
  const lab = openLab(t)
  const { paths } = lab
  const image = await store(lab)
  for (const name of ['full', 'bare', 'empty'])
    value(await lab.run({ kind: 'create-volume', name, volume: volumeOf(name), anonymous: false }))
  writeFileSync(join(dataOf(paths, 'full'), 'own'), '')
  mkdirSync(join(paths.volumes, 'empty', 'copy-up-0123456789abcdef'))
  const mount = (name: string, noCopy = false): Mount => ({
    type: 'volume',
    name,
    target: '/data',
    readOnly: false,
    noCopy,
  })
  for (const one of [mount('full'), mount('bare', true), mount('empty')])
    value(await lab.run(creation(lab.newId(), image, wanted([one]))))
  const shown = (name: string) => readdirSync(dataOf(paths, name)).sort()
  assert.deepEqual([shown('full'), shown('bare'), shown('empty')], [['own'], [], ['lower', 'same', 'tool']])
  assert.deepEqual(readdirSync(join(paths.volumes, 'empty')).sort(), ['_data', 'reconcile.json'])
})

test('what can’t be made says why, and its deletion leaves nothing', async t => {
  const lab = openLab(t)
  const { paths } = lab
  const image = await store(lab)
  const id = lab.newId()
  const onFile = wanted([{ type: 'volume', name: null, target: '/data/tool', readOnly: false, noCopy: false }])
  const refused = failure(await lab.run(creation(id, image, onFile, { '/data/tool': 'b2'.repeat(32) })))
  assert.match(refused.message, /\/data\/tool: the image has no directory there/)
  assert.equal(existsSync(containerPaths(paths, id).config), false)
  value(await lab.run({ kind: 'delete-container', id, deleteVolumes: ['b2'.repeat(32)] }))
  const nothing = await store(lab, [base], { Entrypoint: null, Cmd: null })
  assert.match(failure(await lab.run(creation(lab.newId(), nothing))).message, /web:1 names no program to run/)
  const absent = { id: `sha256:${'0'.repeat(64)}`, reference: 'web:2' }
  assert.match(failure(await lab.run(creation(lab.newId(), absent))).message, /web:2\) is not here/)
  assert.deepEqual(readdirSync(paths.containers), [])
  assert.deepEqual(value(fsck(paths)).litter, [])
})

test('layers of a creation that was cut off before its entry go with the container', async t => {
  const lab = openLab(t)
  const { paths } = lab
  const image = await store(lab)
  const id = lab.newId()
  value(await lab.run(creation(id, image)))
  rmSync(join(imagePaths(paths).mounts, id), { recursive: true })
  assert.equal(overlayNames(paths).length, 4)
  value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [] }))
  assert.equal(overlayNames(paths).length, 2)
  assert.deepEqual(value(fsck(paths)).litter, [])
})

test('a creation that is cut off at any file operation goes with its container, whole', async t => {
  const lab = openLab(t)
  const { paths, deps } = lab
  const image = await store(lab)
  const at = imagePaths(paths)
  const content = () =>
    [
      at.overlay,
      at.links,
      at.mounts,
      at.staging,
      at.layerTemporary,
      paths.removed,
      paths.containers,
      paths.volumes,
    ].map(path => readdirSync(path).sort())
  value(await lab.run({ kind: 'create-volume', name: 'named', volume: volumeOf('named'), anonymous: false }))
  const before = content()
  let isCut = true
  for (let operations = 0; isCut; operations += 3) {
    const [id, anonymous] = [lab.newId(), randomBytes(32).toString('hex')]
    const action = creation(id, image, wanted(), { '/data': anonymous })
    assert.ok(action.kind === 'create-container')
    isCut = await cutOffAfter(operations, () => createContainer(deps, action, { code: 'missing' }))
    if (existsSync(containerPaths(paths, id).dir) || !isCut)
      value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [anonymous] }))
    value(await sweepRemoved(paths))
    assert.deepEqual(content(), before, `after ${operations} operations`)
  }
})

test('a reference is observed as what it means in the stores, damaged as absent', async t => {
  const lab = openLab(t)
  const { paths } = lab
  assert.deepEqual(observeImages(paths, [wanted()]), { 'web:1': { state: 'absent' } })
  const image = await store(lab)
  const two = [wanted(), wanted([], { image: 'web:2' }), containerOf('rootfs')]
  const seen = observeImages(paths, two)
  assert.deepEqual(Object.keys(seen), ['web:1', 'web:2'])
  assert.ok(seen['web:1']?.state === 'present')
  assert.deepEqual([seen['web:1'].id, seen['web:1'].config.defaults.user], [image.id, 'web'])
  assert.deepEqual(seen['web:2'], { state: 'absent' })
  writeFileSync(join(imagePaths(paths).configs, image.id.slice('sha256:'.length)), '{}')
  assert.deepEqual(observeImages(paths, [wanted()]), { 'web:1': { state: 'absent' } })
})

test('a record keeps what its container was made from', async t => {
  const lab = openLab(t)
  const image = await store(lab)
  const id = lab.newId()
  value(await lab.run(creation(id, image)))
  const record = readRecord(lab.paths, id)
  assert.deepEqual(record.known && record.value?.image, image)
  assert.ok(lstatSync(dirname(containerPaths(lab.paths, id).layer)).isDirectory())
  assert.equal(existsSync(containerPaths(lab.paths, id).layer), false, 'no layer of a rootfs')
})

test('an image is in use from the moment that a container’s record names it', async t => {
  const lab = openLab(t)
  const image = await store(lab)
  const id = lab.newId()
  const action = creation(id, image)
  assert.ok(action.kind === 'create-container')
  const at = imagePaths(lab.paths)
  assert.deepEqual(usedImages(at), { known: true, value: new Map() })
  // the directory with its record is there, Docker's file is not
  for (let n = 0; !existsSync(containerPaths(lab.paths, id).dir); n++)
    await cutOffAfter(n, () => createContainer(lab.deps, action, { code: 'missing' }))
  assert.equal(existsSync(containerPaths(lab.paths, id).config), false)
  assert.deepEqual(usedImages(at), { known: true, value: new Map([[image.id, [id]]]) })
})
