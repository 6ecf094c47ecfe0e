import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createContainerLayers, removeContainerLayers } from '../../src/dataroot/images/container-layers.ts'
import { chainIdsOf } from '../../src/dataroot/images/digest.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { dataRootPaths } from '../../src/dataroot/paths.ts'
import type { ImagePaths } from '../../src/dataroot/paths.ts'
import { openRoot } from '../../src/dataroot/root.ts'
import { storeImage } from '../support/hand-made-image.ts'
import { makeLab } from '../support/lab.ts'
import type { Lab } from '../support/lab.ts'
import { value } from '../support/registry-client.ts'
import { startEngine } from '../support/stock-engine.ts'

type Place = { readonly lab: Lab; readonly at: ImagePaths; readonly imageId: string; readonly top: string }

async function place(t: TestContext): Promise<Place> {
  const lab = makeLab(t)
  const paths = dataRootPaths(lab.root, lab.run)
  value(openRoot(paths, { create: true }))
  const at = value(openImageStores(paths))
  const { imageId, config } = await storeImage(at, [
    [{ name: 'bin/' }, { name: 'bin/tool', content: 'x', mode: 0o755 }],
  ])
  value(putReferences(at, [{ repository: 'made', reference: 'made:1' }], imageId))
  return { lab, at, imageId, top: chainIdsOf(config.diffIds).at(-1) ?? '' }
}

type Given = { readonly config?: object; readonly host?: object; readonly text?: string }

/** A container of this name as an engine writes it; `given` goes over that. */
function container({ lab, at, imageId, top }: Place, name: string, given: Given = {}): string {
  const id = Buffer.from(name.padEnd(32, '-')).toString('hex')
  const dir = join(lab.root, 'containers', id)
  mkdirSync(dir)
  value(createContainerLayers(at, id, top))
  const config = {
    State: { ExitCode: 3, StartedAt: '2026-01-02T03:04:05Z', FinishedAt: '2026-01-02T03:04:06Z' },
    ID: id,
    Created: '2026-01-02T03:04:05Z',
    Path: '/bin/tool',
    Args: [],
    Config: { Hostname: name, Env: [], Cmd: ['/bin/tool'], Image: 'made:1', WorkingDir: '/' },
    Image: imageId,
    NetworkSettings: { Networks: { none: { NetworkID: '' } } },
    Name: `/${name}`,
    Driver: 'overlay2',
    OS: 'linux',
    HasBeenStartedBefore: true,
    MountPoints: {},
    ...given.config,
  }
  writeFileSync(join(dir, 'config.v2.json'), given.text ?? `${JSON.stringify(config)}\n`)
  writeFileSync(join(dir, 'hostconfig.json'), `${JSON.stringify({ NetworkMode: 'none', ...given.host })}\n`)
  return id
}

type Checked = {
  readonly ready: boolean
  readonly blockers: readonly string[]
  readonly containers: readonly { readonly name: string; readonly fate: string; readonly why: string }[]
}
const check = async (lab: Lab, code: number): Promise<Checked> =>
  JSON.parse((await lab.expect(code, 'handover', '--check', '--output', 'json')).stdout) as Checked

test('what handover says a dockerd lists, skips and removes is what a dockerd does', async t => {
  const here = await place(t)
  const { lab, at } = here
  container(here, 'plain')
  container(here, 'ours', { config: { Driver: 'reconcile' } })
  container(here, 'cut-off', { text: '{"ID":' })
  container(here, 'goes', { host: { AutoRemove: true } })
  container(here, 'unknown', { config: { ID: 'f'.repeat(64) } })
  const lost = container(here, 'lost')
  mkdirSync(join(lab.root, 'containers', 'dead'.repeat(16)))
  value(await removeContainerLayers(at, lost))
  const { containers } = await check(lab, 0)
  const fates = new Map(containers.map(({ name, fate }) => [name, fate]))
  assert.deepEqual(
    ['plain', 'ours', 'goes', 'unknown', 'lost'].map(name => fates.get(name)),
    ['lists', 'skips', 'removes', 'skips', 'skips'],
  )
  assert.equal(containers.filter(({ name, fate }) => name === '' && fate === 'skips').length, 2)
  const engine = await startEngine(lab.root)
  try {
    const listed = engine.docker('ps', '-a', '--format', '{{.Names}}').trim().split('\n')
    assert.deepEqual(listed, ['plain'])
  } finally {
    await engine.stop()
  }
})

test('restart policies tell what a dockerd would start at once', async t => {
  const here = await place(t)
  const policies = ['always', 'unless-stopped', 'on-failure', 'no']
  for (const policy of policies) container(here, policy, { host: { RestartPolicy: { Name: policy } } })
  container(here, 'stopped-by-hand', {
    config: { HasBeenManuallyStopped: true },
    host: { RestartPolicy: { Name: 'unless-stopped' } },
  })
  container(here, 'never-started', {
    config: { HasBeenStartedBefore: false },
    host: { RestartPolicy: { Name: 'always' } },
  })
  const { containers } = await check(here.lab, 0)
  const starting = containers.filter(({ fate }) => fate === 'starts').map(({ name }) => name)
  assert.deepEqual(starting.sort(), ['always', 'on-failure', 'unless-stopped'])
})

test('what would end a dockerd at its start is found, each by its path', async t => {
  const here = await place(t)
  const { lab, at } = here
  const spoil = async (path: string, text: string, says: RegExp, mend: () => void) => {
    writeFileSync(path, text)
    const { ready, blockers } = await check(lab, 4)
    assert.equal(ready, false)
    assert.equal(blockers.length, 1)
    assert.match(blockers[0] ?? '', says)
    assert.ok(blockers[0]?.includes(path))
    mend()
    assert.equal((await check(lab, 0)).ready, true)
  }
  await spoil(at.references, '{"Repositories":', /not JSON/, () => writeFileSync(at.references, '{"Repositories":{}}'))
  const options = join(lab.root, 'volumes', 'data', 'opts.json')
  mkdirSync(join(options, '..'))
  await spoil(options, '{', /not JSON/, () => rmSync(options))
  const id = container(here, 'web')
  const config = join(lab.root, 'containers', id, 'config.v2.json')
  const remove = () => rmSync(config)
  await spoil(config, JSON.stringify({ ID: id, Name: '/web', State: null, Config: {} }), /State is null/, remove)
  await spoil(config, JSON.stringify({ ID: id, Name: '/web', State: {} }), /Config is missing/, remove)
  const db = join(lab.root, 'volumes', 'metadata.db')
  await spoil(db, 'no database'.repeat(2000), /metadata\.db/, () => writeFileSync(db, ''))
})
