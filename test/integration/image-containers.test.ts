import assert from 'node:assert/strict'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { readRecord } from '../../src/dataroot/objects/containers.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { containerPaths, imagePaths } from '../../src/dataroot/layout/paths.ts'
import type { Mount } from '../../src/model/desired.ts'
import { observeImages } from '../../src/observe/images.ts'
import { type Member } from '../support/hand-made-image.ts'
import { containerOf, volumeOf } from '../support/specs.ts'
import { failure, until, value } from './core-lab.ts'

import {
  base,
  config2,
  creation,
  dataOf,
  openLab,
  overlayNames,
  store,
  wanted,
} from '../support/image-container-lab.ts'

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
  mkdirSync(join(paths.volumes, 'empty', 'copy-up'))
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

test('a volume at a link of the image begins with what the link leads to, and lies there, inside the root', async t => {
  const lab = openLab(t)
  const link = (name: string, target: string): Member => ({ name, link: { kind: 'symbolic', target } })
  const layer = [{ name: 'real/inside', content: '' }, link('way', '/real'), link('up', '../../../../real/new')]
  const Cmd = [
    'while read a b c d at rest; do case $at in /real*) echo $at;; esac; done </proc/self/mountinfo; ls /real',
  ]
  const image = await store(lab, [base, layer], { Cmd, User: '', Volumes: { '/way': {}, '/up': {} } })
  const [id, way, up] = [lab.newId(), 'a1'.repeat(32), 'b2'.repeat(32)]
  value(await lab.run(creation(id, image, wanted(), { '/way': way, '/up': up })))
  assert.deepEqual([readdirSync(dataOf(lab.paths, way)), readdirSync(dataOf(lab.paths, up))], [['inside'], []])
  value(await lab.run({ kind: 'start-container', id, restart: false, streak: 0 }))
  const lines = () =>
    readFileSync(containerPaths(lab.paths, id).log, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line): string => JSON.parse(line).log.trim())
  await until(() => lines().includes('inside'), 'the output')
  assert.deepEqual(lines().sort(), ['/real', '/real/new', 'inside', 'new'])
  assert.deepEqual(readdirSync(dataOf(lab.paths, way)).sort(), ['inside', 'new'])
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
