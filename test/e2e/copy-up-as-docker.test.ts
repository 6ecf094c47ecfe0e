import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Lab, makeLab } from '../support/lab.ts'
import { makeOddTree, sparseBytes, tarOf } from '../support/odd-tree.ts'
import { sha256 } from '../support/registry-client.ts'
import { startEngine, type StockEngine } from '../support/stock-engine.ts'
import { tar } from '../support/tar.ts'
import { comparableInventory, treeInventory } from '../support/tree-inventory.ts'

/** VOLUMEs of the second image: its content, nothing, and links that lead inside, nowhere, and up. */
const volumes = [
  '/srv/data',
  '/absent/deep',
  '/links/relative',
  '/links/absolute',
  '/links/dangling',
  '/links/out',
  '/links/parent/empty',
  '/etc',
]

/** The same layer under each name. */
const images: Readonly<Record<string, object>> = {
  'odd:plain': { Cmd: ['/none'] },
  'odd:volumes': { Cmd: ['/none'], Volumes: Object.fromEntries(volumes.map(path => [path, {}])) },
  'odd:file': { Cmd: ['/none'], Volumes: { '/srv/file': {} } },
  'odd:loop': { Cmd: ['/none'], Volumes: { '/links/loop': {} } },
  'odd:below': { Cmd: ['/none'], Volumes: { '/srv/file/below': {} } },
}

type Case = { readonly image: string; readonly mounts: readonly string[] }

/** `mounts` are arguments of -v, and entries of a manifest as they stand. */
const cases: Readonly<Record<string, Case>> = {
  volumes: { image: 'odd:volumes', mounts: [] },
  fresh: { image: 'odd:plain', mounts: ['fresh:/srv/data', '/srv/empty', 'small:/srv/small'] },
  full: { image: 'odd:plain', mounts: ['full:/srv/data'] },
  bare: { image: 'odd:plain', mounts: ['bare:/srv/data:nocopy'] },
  'read-only': { image: 'odd:plain', mounts: ['read-only:/srv/data:ro'] },
  hidden: { image: 'odd:plain', mounts: ['FOLDER/hides:/srv/data'] },
  nested: { image: 'odd:plain', mounts: ['outer:/srv', 'inner:/srv/small'] },
  file: { image: 'odd:plain', mounts: ['full:/srv/file'] },
}

const again: Readonly<Record<string, Case>> = {
  second: { image: 'odd:plain', mounts: ['small:/srv/data', 'emptied:/srv/small'] },
  instead: { image: 'odd:volumes', mounts: ['instead:/srv/data', 'FOLDER/hides:/etc'] },
}

const refused: Readonly<Record<string, Case>> = {
  'on-file': { image: 'odd:file', mounts: [] },
  'named-on-file': { image: 'odd:plain', mounts: ['nothing:/srv/data/setuid'] },
  loop: { image: 'odd:loop', mounts: [] },
  below: { image: 'odd:below', mounts: [] },
}

const manifest = (lab: Lab, of: Readonly<Record<string, Case>>): string =>
  Object.entries(of)
    .map(
      ([name, { image, mounts }]) => `---
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { image: "${image}", pull: never, state: stopped, mounts: ${JSON.stringify(mounts).replaceAll('FOLDER', lab.folder)} }
`,
    )
    .join('')

type Mount = { readonly Type: string; readonly Name?: string; readonly Source: string; readonly Destination: string }

/** What lies in the volumes of a container, by destination. */
type Volumes = ReadonlyMap<string, string>

const volumesOf = (mounts: readonly Mount[]): Volumes =>
  new Map(mounts.filter(({ Type }) => Type === 'volume').map(({ Destination, Source }) => [Destination, Source]))

/** Both sides as one: make all containers, look at one, reach into a named volume. */
type Side = {
  readonly make: (of: Readonly<Record<string, Case>>) => Promise<void>
  readonly mounts: (name: string) => Promise<readonly Mount[]>
  readonly data: (volume: string) => string
}

const ours = (lab: Lab): Side => ({
  make: async of => {
    await lab.expect(0, '--once', '--source', Object.keys(of).join('-'), lab.write('cases.yaml', manifest(lab, of)))
  },
  mounts: async name => (await lab.inspect(name))['mounts'] as Mount[],
  data: volume => join(lab.root, 'volumes', volume, '_data'),
})

const theirs = (lab: Lab, { docker }: StockEngine, root: string): Side => ({
  make: async of => {
    for (const [name, { image, mounts }] of Object.entries(of)) {
      const binds = mounts.flatMap(mount => ['-v', mount.replace('FOLDER', lab.folder)])
      docker('create', '--network', 'none', '--name', name, ...binds, image)
    }
  },
  mounts: async name => (JSON.parse(docker('inspect', name)) as [{ readonly Mounts: Mount[] }])[0].Mounts,
  data: volume => join(root, 'volumes', volume, '_data'),
})

/** What both do: fill one volume beforehand, make, change, make again. Then what lies where, with a container's name. */
async function played({ make, mounts, data }: Side, declare: () => unknown): Promise<Volumes> {
  await declare()
  for (const name of ['full', 'emptied']) writeFileSync(join(data(name), 'own'), name)
  await make(cases)
  rmSync(join(data('small'), 'only'))
  writeFileSync(join(data('small'), 'changed'), 'by its owner')
  rmSync(join(data('emptied'), 'own'))
  await make(again)
  const all: [string, string][] = []
  for (const name of [...Object.keys(cases), ...Object.keys(again)])
    for (const [target, source] of volumesOf(await mounts(name))) all.push([`${name} ${target}`, source])
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** All images in one archive, of one layer that GNU tar makes. */
function imageArchive(lab: Lab): string {
  makeOddTree(join(lab.folder, 'tree'))
  tarOf(join(lab.folder, 'tree'), join(lab.folder, 'layer.tar'))
  const layer = readFileSync(join(lab.folder, 'layer.tar'))
  const rootfs = { type: 'layers', diff_ids: [sha256(layer)] }
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64']
  const configs = Object.entries(images).map(([tag, config], i) => ({
    tag,
    name: `${i}.json`,
    content: JSON.stringify({ os: 'linux', architecture, config, rootfs }),
  }))
  const manifests = configs.map(({ tag, name }) => ({ Config: name, RepoTags: [tag], Layers: ['layer.tar'] }))
  const last = { name: 'manifest.json', content: JSON.stringify(manifests) }
  writeFileSync(join(lab.folder, 'images.tar'), tar({ name: 'layer.tar', content: layer }, ...configs, last))
  return join(lab.folder, 'images.tar')
}

const declarations = ['full', 'emptied'].map(
  name => `---\napiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: ${name} }\n`,
)
const allocated = (path: string) => statSync(path).blocks * 512

test('a volume begins as Docker makes it begin, entry by entry', async t => {
  const lab = makeLab(t)
  const archive = imageArchive(lab)
  mkdirSync(join(lab.folder, 'hides'))
  await lab.expect(0, 'images', 'load', archive)
  const declared = lab.write('volumes.yaml', declarations.join(''))
  const ofOurs = await played(ours(lab), () => lab.expect(0, '--once', declared))

  const root = join(lab.folder, 'engine')
  mkdirSync(root)
  const engine = await startEngine(root)
  t.after(() => engine.stop())
  const { docker } = engine
  docker('load', '-i', archive)
  const ofTheirs = await played(
    theirs(lab, engine, root),
    () => docker('volume', 'create', 'full') + docker('volume', 'create', 'emptied'),
  )
  assert.deepEqual([...ofOurs.keys()], [...ofTheirs.keys()])
  for (const [where, source] of ofOurs)
    assert.deepEqual(comparableInventory(source), comparableInventory(ofTheirs.get(where) ?? ''), where)
  assert.deepEqual(readdirSync(join(lab.folder, 'hides')), [], 'nothing is copied into a bind')
  assertAsInImage(lab, path => ofOurs.get(path) ?? '')
  // holes stay holes, which Docker fills
  const [mine, other] = [ofOurs, ofTheirs].map(of => allocated(join(of.get('fresh /srv/data') ?? '', 'sparse')))
  t.diagnostic(`a file of ${sparseBytes} bytes with two holes takes ${mine} bytes; Docker's copy ${other}`)
  assert.ok((mine ?? sparseBytes) < sparseBytes / 8, `${mine}`)

  for (const [name, one] of Object.entries(refused))
    await assert.rejects(theirs(lab, engine, root).make({ [name]: one }), /docker create/, name)
  const failed = await lab.expect(1, '--once', '--timeout', '2s', lab.write('refused.yaml', manifest(lab, refused)))
  for (const name of Object.keys(refused))
    assert.match(failed.stdout, new RegExp(`^x container ${name} +not created: `, 'm'))
})

/** What the image says holds without exception for what was copied, times of filled directories included. */
function assertAsInImage(lab: Lab, volume: (where: string) => string): void {
  for (const [where, path] of [
    ['fresh /srv/data', 'srv/data'],
    ['volumes /srv/data', 'srv/data'],
    ['read-only /srv/data', 'srv/data'],
    ['nested /srv', 'srv'],
    ['nested /srv/small', 'srv/small'],
    ['second /srv/small', 'srv/small'],
    ['volumes /links/relative', 'real'],
    ['volumes /links/out', 'srv/small'],
    ['volumes /links/parent/empty', 'srv/empty'],
  ] as const)
    assert.deepEqual(treeInventory(volume(where)), treeInventory(join(lab.folder, 'tree', path)), where)
  for (const where of ['bare /srv/data', 'volumes /absent/deep', 'volumes /links/dangling'])
    assert.deepEqual(readdirSync(volume(where)), [], where)
  for (const where of ['full /srv/data', 'file /srv/file']) assert.deepEqual(readdirSync(volume(where)), ['own'], where)
  assert.deepEqual(readdirSync(volume('second /srv/data')), ['changed'])
}
