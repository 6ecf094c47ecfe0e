import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createContainerLayers, removeContainerLayers } from '../../src/dataroot/images/container-layers.ts'
import { chainIdsOf } from '../../src/dataroot/images/digest.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import type { ImagePaths } from '../../src/dataroot/layout/paths.ts'
import { busybox } from '../support/busybox-layer.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { makeLab } from '../support/lab.ts'
import type { Lab } from '../support/lab.ts'
import { value } from '../support/registry-client.ts'
import { startEngine } from '../support/stock-engine.ts'
import { tar } from '../support/tar.ts'

type Place = { readonly lab: Lab; readonly at: ImagePaths; readonly imageId: string; readonly top: string }

async function place(t: TestContext): Promise<Place> {
  const lab = makeLab(t)
  const archive = join(lab.folder, 'made.tar')
  writeFileSync(archive, dockerArchive('made:1', [tar(...busybox('sleep'))]))
  await lab.expect(0, 'images', 'load', archive)
  const at = value(openImageStores(dataRootPaths(lab.root, lab.run)))
  const [image] = value(listStores(at)).images
  assert.ok(image)
  return { lab, at, imageId: image.imageId, top: chainIdsOf(image.config.diffIds).at(-1) ?? '' }
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
    Path: '/bin/sleep',
    Args: ['1000'],
    Config: { Hostname: name, Env: [], Cmd: ['/bin/sleep', '1000'], Image: 'made:1', StopSignal: 'SIGKILL' },
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

const policy = (Name: string, MaximumRetryCount = 0) => ({ host: { RestartPolicy: { Name, MaximumRetryCount } } })
const state = (State: object) => ({
  State: { StartedAt: '2026-01-02T03:04:05Z', FinishedAt: '2026-01-02T03:04:06Z', ...State },
})
const always = policy('always')
const stopped = { HasBeenManuallyStopped: true }
const bind = { Type: 'bind', Source: '/nonexistent/source', Destination: '/in', RW: true }
const volume = { Type: 'volume', Name: 'gone', Driver: 'local', Source: '', Destination: '/in', RW: true }

/** What handover says of each: first its fate, then the end of why. */
const cases: Readonly<Record<string, readonly [expected: string, given: Given]>> = {
  plain: ['lists: restart policy no', {}],
  always: ['starts: restart policy always', always],
  'always-stopped': ['starts: restart policy always, also after a stop', { ...always, config: stopped }],
  'always-never-ran': [
    'lists: restart policy always, but it never ran',
    { ...always, config: { HasBeenStartedBefore: false } },
  ],
  'always-running': ['starts: restart policy always', { ...always, config: state({ Running: true, Pid: 1 }) }],
  'always-dead': [
    "lists: restart policy always, but it can't start: its removal has begun",
    { ...always, config: state({ Dead: true }) },
  ],
  'always-removing': [
    "lists: restart policy always, but it can't start: its removal has begun",
    { ...always, config: state({ RemovalInProgress: true }) },
  ],
  'unless-stopped': ['starts: restart policy unless-stopped', policy('unless-stopped')],
  'stopped-by-hand': [
    'lists: restart policy unless-stopped, and it was stopped',
    { ...policy('unless-stopped'), config: stopped },
  ],
  'on-failure': ['starts: restart policy on-failure', policy('on-failure')],
  'on-failure-good': [
    'lists: restart policy on-failure, and it ended with 0',
    { ...policy('on-failure'), config: state({ ExitCode: 0 }) },
  ],
  'on-failure-running': [
    'lists: restart policy on-failure, and it ended with 0',
    { ...policy('on-failure'), config: state({ ExitCode: 3, Running: true }) },
  ],
  'on-failure-left': ['starts: restart policy on-failure', { ...policy('on-failure', 2), config: { RestartCount: 1 } }],
  'on-failure-used-up': [
    'lists: restart policy on-failure, and its 2 restarts are used up',
    { ...policy('on-failure', 2), config: { RestartCount: 2 } },
  ],
  'no-volume': [
    "lists: restart policy always, but it can't start: volume gone is not here",
    {
      ...always,
      config: { MountPoints: { '/in': { ...volume, Spec: { Type: 'volume', Source: 'gone', Target: '/in' } } } },
    },
  ],
  'no-source': [
    "lists: restart policy always, but it can't start: /nonexistent/source, which it binds, is not here",
    { ...always, config: { MountPoints: { '/in': { ...bind, SkipMountpointCreation: true, Spec: {} } } } },
  ],
  'no-network': [
    "lists: restart policy always, but it can't start: dockerd must be told the network own first",
    {
      host: { ...always.host, NetworkMode: 'own' },
      config: { NetworkSettings: { Networks: { own: { NetworkID: '' } } } },
    },
  ],
  'no-upper': ["lists: restart policy always, but it can't start: .*/diff: missing, or not a directory", always],
  ours: ['skips: only reconcile can start it .driver reconcile.', { ...always, config: { Driver: 'reconcile' } }],
  goes: ['removes: AutoRemove: it goes with its anonymous volumes', { host: { AutoRemove: true } }],
  unknown: ['skips: its ID is of another container', { config: { ID: 'f'.repeat(64) } }],
  lost: ['skips: it has no layers', always],
}

test('what handover says a dockerd starts, lists, removes and skips is what a dockerd does', async t => {
  const here = await place(t)
  const { lab, at } = here
  const ids = Object.entries(cases).map(([name, [, given]]) => [name, container(here, name, given)] as const)
  container(here, 'cut-off', { text: '{"ID":' })
  mkdirSync(join(lab.root, 'containers', 'dead'.repeat(16)))
  const idOf = (name: string) => ids.find(([given]) => given === name)?.[1] ?? ''
  value(await removeContainerLayers(at, idOf('lost')))
  const upper = readFileSync(join(at.mounts, idOf('no-upper'), 'mount-id'), 'utf8')
  rmSync(join(at.trees, upper), { recursive: true })
  const { containers } = await check(lab, 0)
  assert.equal(containers.filter(({ name, fate }) => name === '' && fate === 'skips').length, 2)
  for (const [name, [expected]] of Object.entries(cases)) {
    const told = containers.filter(one => one.name === name).map(({ fate, why }) => `${fate}: ${why}`)
    assert.match(told.join('\n'), new RegExp(`^${expected}$`), name)
  }
  const engine = await startEngine(lab.root)
  try {
    const shown = (...args: string[]) =>
      new Set(
        engine
          .docker('ps', '--no-trunc', '-q', ...args)
          .trim()
          .split('\n'),
      )
    const [listed, running] = [shown('-a'), shown()]
    const fate = (id: string) => {
      if (!listed.has(id)) return existsSync(join(lab.root, 'containers', id)) ? 'skips' : 'removes'
      return running.has(id) ? 'starts' : 'lists'
    }
    assert.deepEqual(
      ids.map(([name, id]) => `${name} ${fate(id)}`),
      Object.entries(cases).map(([name, [expected]]) => `${name} ${expected.split(':')[0]}`),
    )
    assert.equal(listed.size, Object.values(cases).filter(([text]) => /^(starts|lists)/.test(text)).length)
  } finally {
    await engine.stop()
  }
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
