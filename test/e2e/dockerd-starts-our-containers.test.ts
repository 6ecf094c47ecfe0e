import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readVolumeRows } from '../../src/dataroot/bbolt/volume-rows.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { comparable } from '../support/docker-inspect.ts'
import { hostCommand } from '../support/host-command.ts'
import { type Lab, makeLab } from '../support/lab.ts'
import { sha256, value } from '../support/registry-client.ts'
import { reportCreations, reportDefaults, reportLayers, reportManifests } from '../support/report-image.ts'
import { startEngine, type StockEngine } from '../support/stock-engine.ts'

const image = 'probe/app:1'
const names = ['plain', 'shop-full', 'host']
const ours = (name: string) => name.replace('shop-', 'shop/')

type Seen = {
  readonly inspected: Record<string, unknown>
  readonly logged: string
  readonly started: { readonly code: number | null; readonly output: string }
  readonly diff: readonly string[]
}

/** What dockerd tells of a container before its start, what it prints then, and what it has changed. */
function seen({ docker, attempt }: StockEngine, name: string): Seen {
  const inspected = JSON.parse(docker('inspect', name))[0]
  const logged = docker('logs', name)
  const started = attempt('start', '-a', name)
  return { inspected, logged, started, diff: docker('diff', name).split('\n').sort() }
}

/**
 * This dockerd has a network of its own; and of the host's cgroups, an engine shows only the container's own, we all, as
 * version 2 of cgroups has it.
 */
const ofAnyHost = (text: string) => text.replace(/^first (?!report)[^]*?(?=^mount)/m, '')

const ofAnyId = (text: string) => text.replaceAll(/\b[0-9a-f]{12}$/gm, '<id>')

/** The same requests, made to a stock dockerd on a data-root of its own. */
async function oracle(lab: Lab, archive: string, site: string) {
  const root = join(lab.folder, 'theirs')
  mkdirSync(root)
  const engine = await startEngine(root)
  const { docker } = engine
  let warnings: readonly string[] = []
  const told: Record<string, Seen> = {}
  try {
    docker('load', '-i', archive)
    docker('volume', 'create', '--label', 'team=a <b>', '--label', 'empty=', 'named')
    for (const [name, args] of Object.entries(reportCreations(image, site))) {
      docker('create', '--name', name, ...args)
      told[name] = seen(engine, name)
    }
    docker('rm', '-v', ...names)
  } finally {
    warnings = await engine.stop()
  }
  return { told, warnings }
}

test('a stock dockerd runs our containers as we do, shows what it shows of its own, and warns of nothing', async t => {
  const lab = makeLab(t)
  const [archive, site] = [join(lab.folder, 'app.tar'), join(lab.folder, 'site')]
  mkdirSync(site)
  writeFileSync(archive, dockerArchive(image, reportLayers, [], reportDefaults))
  const theirs = await oracle(lab, archive, site)
  await lab.expect(0, 'images', 'load', archive)
  await lab.reconcile('--once', lab.write('all.yaml', reportManifests(image, site)))
  const printed: Record<string, string> = {}
  for (const name of names) printed[name] = (await lab.expect(0, 'logs', ours(name))).stdout
  const checked = JSON.parse((await lab.expect(0, 'handover', '--check', '--output', 'json')).stdout)
  assert.deepEqual(
    checked.containers.map(({ name, fate, why }: Record<string, string>) => `${name} ${fate}: ${why}`).sort(),
    [...names].sort().map(name => `${name} lists: restart policy no`),
  )

  const copy = join(lab.folder, 'copy')
  hostCommand('cp', '-a', '--sparse=always', lab.root, copy)
  const engine = await startEngine(copy)
  const { docker } = engine
  let warnings: readonly string[] = ['not stopped']
  try {
    const listed = docker('ps', '-a', '--no-trunc', '--format', '{{.Names}} {{.Image}} {{.Status}}').split('\n')
    assert.deepEqual(listed.map(line => line.replace(/ \d+ seconds? ago| Less than a second ago/, '')).sort(), [
      '',
      `host ${image} Exited (0)`,
      `plain ${image} Exited (0)`,
      `shop-full ${image} Exited (3)`,
    ])
    for (const name of names) {
      const [own, its] = [seen(engine, name), theirs.told[name]]
      assert.ok(its)
      assert.deepEqual(comparable(own.inspected), comparable(its.inspected), name)
      assert.equal(own.logged, printed[name])
      assert.equal(own.started.code, its.started.code, name)
      assert.equal(ofAnyHost(own.started.output), ofAnyHost(printed[name] ?? ''), name)
      assert.equal(ofAnyId(ofAnyHost(own.started.output)), ofAnyId(ofAnyHost(its.started.output)), name)
      assert.deepEqual(own.diff, its.diff, name)
      assert.equal(docker('logs', name), `${printed[name]}${own.started.output}`)
    }
    docker('save', '-o', join(lab.folder, 'saved.tar'), image)
    assert.deepEqual(savedLayers(lab), reportLayers.map(sha256))
    volumesAreShared(engine)
    docker('rm', '-v', ...names)
    assert.equal(docker('volume', 'ls', '-q').trim(), 'named\ntheirs')
    docker('rmi', image)
    assert.equal(docker('images', '-q', '-a'), '')
  } finally {
    warnings = await engine.stop()
  }
  assert.deepEqual(
    warnings.filter(line => !theirs.warnings.includes(line)),
    [],
  )
  const paths = dataRootPaths(copy, lab.run)
  assert.deepEqual(readdirSync(join(copy, 'overlay2')), ['l'])
  assert.deepEqual(readdirSync(join(copy, 'image/overlay2/layerdb/sha256')), [])
  const { litter, damage } = value(fsck(paths))
  assert.deepEqual([litter, damage], [[], []])
  assert.deepEqual(
    value(readVolumeRows(paths.metadataDb)).map(({ name, labels }) => [name, labels]),
    [
      ['named', { team: 'a <b>', empty: '' }],
      ['theirs', { by: 'dockerd' }],
    ],
  )
})

/** `-v` of a volume that we made, found by its label, and of one that dockerd makes. */
function volumesAreShared({ docker }: StockEngine): void {
  assert.equal(docker('volume', 'ls', '-q', '--filter', 'label=team=a <b>').trim(), 'named')
  docker('volume', 'create', '--label', 'by=dockerd', 'theirs')
  const run = ['run', '--rm', '--network=none', '--user=0', '--entrypoint=/bin/sh']
  const text = docker(
    ...run,
    '-v',
    'named:/in',
    '-v',
    'theirs:/out',
    '-v',
    '/none',
    image,
    '-c',
    'cat /in/seed | tee /out/copy',
  )
  assert.equal(text, 'seed of the image\n')
}

function savedLayers({ folder }: Lab): string[] {
  mkdirSync(join(folder, 'saved'))
  hostCommand('tar', '-xf', join(folder, 'saved.tar'), '-C', join(folder, 'saved'))
  const [saved] = JSON.parse(readFileSync(join(folder, 'saved/manifest.json'), 'utf8'))
  return saved.Layers.map((layer: string) => sha256(readFileSync(join(folder, 'saved', layer))))
}
