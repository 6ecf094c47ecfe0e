/** Layers that images share are on the disk once, and no container changes them. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dockerArchive } from '../support/docker-archive.ts'
import { hostCommand } from '../support/host-command.ts'
import { randomLayer } from '../support/image-shop.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'
import { dir, file, link, tar } from '../support/tar.ts'

const base = [
  tar(
    dir('bin/'),
    { name: 'bin/busybox', content: readFileSync('/usr/bin/busybox'), mode: 0o755 },
    ...['sh', 'rm', 'mv', 'chmod', 'ln', 'touch', 'sleep'].map(name => link(`bin/${name}`, 'busybox')),
    dir('data/', { mode: 0o755 }),
    file('data/kept', 'as it was'),
    file('data/gone', 'here'),
    file('data/moved', 'there'),
    file('data/mode', 'x', { mode: 0o640 }),
  ),
  randomLayer('shared', 300_000),
]
const first = [...base, tar(file('data/first', '1'))]
const second = [...base, tar(file('data/second', '2'))]
const writes = [
  'echo more >>/data/kept',
  'rm /data/gone',
  'mv /data/moved /data/elsewhere',
  'chmod 777 /data/mode /data',
  'ln /data/mode /data/twin',
  'rm -r /shared',
  'touch /bin/busybox /written',
].join(' && ')
const manifest = (name: string, image: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  image: ${image}
  pull: never
  command: [/bin/sh, -c, "${writes} && echo written; exec sleep 1000"]
  env: { PATH: /bin }
  stop: { grace: 1s }
---
`

/** Directories below overlay2 that hold files of images, by what `find` sees. */
const filesCalled = (lab: Lab, name: string) =>
  hostCommand('find', join(lab.root, 'overlay2'), '-path', '*/diff/*', '-name', name)
    .split('\n')
    .filter(path => path !== '')

/** The layers of a saved archive, topmost last, as sha256sum sees them. */
async function savedDiffIds(lab: Lab, image: string, into: string): Promise<string[]> {
  const folder = join(lab.folder, into)
  await lab.expect(0, 'images', 'save', image, '--to', `${folder}.tar`)
  hostCommand('mkdir', folder)
  hostCommand('tar', '-xf', `${folder}.tar`, '-C', folder)
  const [{ Layers }] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as [{ Layers: string[] }]
  return Layers.map(layer => `sha256:${hostCommand('sha256sum', join(folder, layer)).split(' ')[0]}`)
}

const declared = async (lab: Lab, image: string): Promise<string[]> => {
  const { stdout } = await lab.expect(0, 'images', 'inspect', image, '--output', 'json')
  return (JSON.parse(stdout) as { layers: { diffId: string }[] }).layers.map(({ diffId }) => diffId)
}

test('two images that share a base have its layers on disk once, and what containers write changes no layer', async t => {
  const lab = makeLab(t)
  for (const [name, layers] of [['first', first] as const, ['second', second] as const]) {
    writeFileSync(join(lab.folder, `${name}.tar`), dockerArchive(`hand/${name}:1`, layers))
    await lab.expect(0, 'images', 'load', join(lab.folder, `${name}.tar`))
  }
  assert.deepEqual(
    ['busybox', 'kept', 'shared', 'first', 'second'].map(name => filesCalled(lab, name).length),
    [1, 1, 1, 1, 1],
  )
  const layersOnDisk = readdirSync(join(lab.root, 'overlay2')).filter(name => name !== 'l')
  assert.equal(layersOnDisk.length, base.length + 2)
  const sums = (image: string) => savedDiffIds(lab, `hand/${image}:1`, `${image}-before`)
  const before = [await sums('first'), await sums('second')]
  assert.deepEqual(before, [await declared(lab, 'hand/first:1'), await declared(lab, 'hand/second:1')])

  const path = lab.write('both.yaml', manifest('one', 'hand/first:1') + manifest('two', 'hand/second:1'))
  await lab.expect(0, '--once', path)
  for (const name of ['one', 'two']) {
    await eventually(
      async () => (await lab.reconcile('logs', name)).stdout === 'written\n',
      20_000,
      () => `${name} could not write`,
    )
  }
  assert.equal(filesCalled(lab, 'written').length, 2)
  const after = (image: string) => savedDiffIds(lab, `hand/${image}:1`, `${image}-after`)
  assert.deepEqual([await after('first'), await after('second')], before)
  await lab.expect(0, 'down', path)
  assert.deepEqual(
    [...readdirSync(join(lab.root, 'overlay2'))].filter(name => name !== 'l').sort(),
    layersOnDisk.sort(),
  )
})
