import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { readVolumeRows } from '../../src/dataroot/bbolt/volume-rows.ts'
import { sweepRemoved } from '../../src/dataroot/objects/containers.ts'
import { createContainerLayers, removeContainerLayers } from '../../src/dataroot/images/container-layers.ts'
import { chainIdsOf } from '../../src/dataroot/images/digest.ts'
import { rememberBlob } from '../../src/dataroot/images/distribution.ts'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { collectLitter, findGarbage, removeGarbage } from '../../src/dataroot/images/garbage.ts'
import { noteTagged } from '../../src/dataroot/images/image-entry.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { dropReferences, putReferences } from '../../src/dataroot/images/references.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { createVolume, listVolumes, removeVolume } from '../../src/dataroot/objects/volumes.ts'
import { cutOffAfter } from '../support/cut-off.ts'
import { storeImage } from '../support/hand-made-image.ts'
import { sampleVolume } from '../support/sample-record.ts'
import { expectOk, temporaryDirectory } from './dataroot-lab.ts'

type Place = { readonly paths: DataRootPaths; readonly at: ImagePaths }
type Scenario = {
  readonly before?: (place: Place) => Promise<unknown>
  readonly act: (place: Place) => Promise<unknown>
  /** what the stores hold then, cut off or not, once the operation was repeated */
  readonly after: readonly string[]
}

const tooMany = 1000
const containerId = 'c0'.repeat(32)
// a process that is surely gone: the first one of another boot
const owner = { pid: 1, startTicks: '1', bootId: '00000000-0000-0000-0000-000000000000' }
const base = [{ name: 'etc/' }, { name: 'etc/gone', content: 'x' }, { name: 'etc/kept', content: 'kept' }]
const top = [{ name: 'etc/' }, { name: 'etc/.wh.gone' }, { name: 'etc/new', content: 'new' }]
const other = [{ name: 'srv/' }, { name: 'srv/other', content: 'other' }]

async function pull({ at }: Place, name: string, layers = [base, top]): Promise<string> {
  const image = await storeImage(at, layers, { owner, config: { author: name } })
  const [diffId = ''] = image.config.diffIds
  expectOk(rememberBlob(at, diffId, { digest: image.imageId, repository: `docker.io/library/${name}` }))
  expectOk(noteTagged(at, image.imageId, 0))
  expectOk(putReferences(at, [{ repository: name, reference: `${name}:1` }], image.imageId))
  return chainIdsOf(image.config.diffIds).at(-1) ?? ''
}

async function withContainer(place: Place): Promise<void> {
  const chainId = await pull(place, 'web')
  mkdirSync(join(place.paths.containers, containerId), { recursive: true })
  expectOk(createContainerLayers(place.at, containerId, chainId))
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'an image is stored': { act: place => pull(place, 'web'), after: ['image web:1', 'layers 2'] },
  'an image that shares a base is stored': {
    before: place => pull(place, 'web'),
    act: place => pull(place, 'api', [base, other]),
    after: ['image api:1', 'image web:1', 'layers 3'],
  },
  'a container gets its layers': {
    before: place => pull(place, 'web'),
    act: withContainer,
    after: ['image web:1', 'layers 2', 'mount c0c0'],
  },
  'a container loses its layers': {
    before: async place => {
      await withContainer(place)
      writeFileSync(join(place.paths.containers, containerId, 'deleting'), '')
    },
    act: async ({ at }) => expectOk(await removeContainerLayers(at, containerId)),
    after: ['image web:1', 'layers 2'],
  },
  'an image without a name is removed, the base that another one needs stays': {
    before: async place => [await pull(place, 'web'), await pull(place, 'api', [base, other])],
    act: async ({ at }) => {
      expectOk(dropReferences(at, ['api:1']))
      expectOk(await removeGarbage(at, findGarbage(expectOk(listStores(at)), new Set())))
    },
    after: ['image web:1', 'layers 2'],
  },
  'volumes get rows, change them and lose them': {
    before: async ({ paths }) => {
      // as many transactions as it takes until pages are used again
      for (const name of ['old', 'six', 'old'])
        expectOk(createVolume(paths, { ...sampleVolume, name, labels: { name, n: '1' } }))
    },
    act: async ({ paths }) => {
      for (const name of ['one', 'two', 'six'])
        expectOk(createVolume(paths, { ...sampleVolume, name, labels: { name } }))
      expectOk(await removeVolume(paths, 'two'))
    },
    after: ['layers 0', 'volume old', 'volume one', 'volume six'],
  },
}

/** What is there, in words; every name in it can be used. */
function content({ paths, at }: Place): string[] {
  const { images, layers, mounts, references } = expectOk(listStores(at))
  const whole = new Set(images.map(({ imageId }) => imageId))
  const rows = new Map(expectOk(readVolumeRows(paths.metadataDb)).map(row => [row.name, row.labels]))
  return [
    ...references.filter(({ imageId }) => whole.has(imageId)).map(({ reference }) => `image ${reference}`),
    `layers ${layers.size}`,
    ...[...mounts.keys()].map(id => `mount ${id.slice(0, 4)}`),
    ...expectOk(listVolumes(paths)).map(({ name }) => `volume ${name}${rows.get(name)?.['name'] === name ? '' : '?'}`),
  ]
}

/** Hundreds of data-roots a test, which no crash of the host is to survive. */
function memoryDirectory(t: TestContext): string {
  if (!existsSync('/dev/shm')) return temporaryDirectory(t)
  const directory = mkdtempSync('/dev/shm/reconcile-test-')
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function open(folder: string): Promise<Place> {
  const paths = dataRootPaths(join(folder, 'root'), join(folder, 'run'))
  expectOk(openRoot(paths, { create: true }))
  return { paths, at: expectOk(openImageStores(paths)) }
}

async function cutOffEverywhere(t: TestContext, { before, act, after }: Scenario): Promise<void> {
  const folder = memoryDirectory(t)
  let litter = 0
  for (let operations = 0; ; operations++) {
    assert.ok(operations < tooMany)
    const round = mkdtempSync(join(folder, 'round-'))
    let place: Place | null = null
    await cutOffAfter(Number.POSITIVE_INFINITY, async () => {
      place = await open(round)
      await before?.(place)
    })
    assert.ok(place !== null)
    const here: Place = place
    const earlier = content(here)
    const wasCutOff = await cutOffAfter(operations, () => act(here))
    const where = `after ${operations} operations`
    const found = expectOk(fsck(here.paths))
    assert.deepEqual(found.damage, [], where)
    litter += found.litter.length
    const staying = earlier.filter(line => after.includes(line) && !line.startsWith('layers'))
    for (const line of staying) assert.ok(content(here).includes(line), `${line} is gone ${where}`)

    await cutOffAfter(Number.POSITIVE_INFINITY, async () => {
      await act(here)
      expectOk(await sweepRemoved(here.paths))
      expectOk(await collectLitter(here.at, expectOk(fsck(here.paths)).litter))
    })
    const { litter: rest, damage } = expectOk(fsck(here.paths))
    assert.deepEqual([rest, damage], [[], []], where)
    assert.deepEqual(content(here), after, where)
    assert.deepEqual(readdirSync(here.at.staging), [], where)
    rmSync(round, { recursive: true })
    if (!wasCutOff) {
      t.diagnostic(`cut off at ${operations} operations, which left ${litter} pieces of litter`)
      assert.ok(operations > 5)
      return
    }
  }
}

suite('cut off at any file operation, everything committed stays, fsck names the rest, a repetition completes it', () => {
  for (const [name, scenario] of Object.entries(scenarios)) test(name, t => cutOffEverywhere(t, scenario))
})

test('what a removal of layers that was cut off has left, fsck names and collects', async t => {
  const folder = memoryDirectory(t)
  let named = 0
  for (let operations = 0, wasCutOff = true; wasCutOff; operations++) {
    const round = mkdtempSync(join(folder, 'round-'))
    const here = await open(round)
    await pull(here, 'web')
    expectOk(dropReferences(here.at, ['web:1']))
    const garbage = findGarbage(expectOk(listStores(here.at)), new Set())
    wasCutOff = await cutOffAfter(operations, async () => expectOk(await removeGarbage(here.at, garbage)))
    const removed = () => readdirSync(here.paths.removed)
    if (removed().length > 0) named++
    expectOk(await collectLitter(here.at, expectOk(fsck(here.paths)).litter))
    assert.deepEqual(removed(), [], `after ${operations} operations`)
    rmSync(round, { recursive: true })
  }
  assert.ok(named > 2)
})

test('a container that was removed for good leaves nothing, wherever its removal was cut off', async t => {
  const folder = memoryDirectory(t)
  for (let operations = 0, wasCutOff = true; wasCutOff; operations++) {
    const round = mkdtempSync(join(folder, 'round-'))
    const here = await open(round)
    await withContainer(here)
    wasCutOff = await cutOffAfter(operations, () => removeContainerLayers(here.at, containerId))
    rmSync(join(here.paths.containers, containerId), { recursive: true })
    expectOk(await sweepRemoved(here.paths))
    // not repeated: whatever is left is litter, and fsck knows all of it
    expectOk(await collectLitter(here.at, expectOk(fsck(here.paths)).litter))
    assert.deepEqual(expectOk(fsck(here.paths)).litter, [])
    assert.deepEqual(content(here), ['image web:1', 'layers 2'])
    assert.equal(readdirSync(here.at.trees).length, 3)
    assert.ok(existsSync(here.at.links))
    rmSync(round, { recursive: true })
  }
})
