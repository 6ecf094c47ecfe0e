import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { configText } from '../../../../src/dataroot/docker/config.ts'
import { hostConfigText } from '../../../../src/dataroot/docker/hostconfig.ts'
import { createdState, exitedState, failedStartState, runningState } from '../../../../src/dataroot/docker/state.ts'
import { dataRootPaths } from '../../../../src/dataroot/layout/paths.ts'
import { sampleId, sampleRecord, withSpec } from '../../../support/sample-record.ts'

const paths = dataRootPaths('/var/lib/reconcile', '/run/reconcile')
const config = (record = sampleRecord, state = createdState) => JSON.parse(configText(paths, record, state))
const hostConfig = (record = sampleRecord) => JSON.parse(hostConfigText(record))

test('dockerd skips our containers, since it does not know their driver', () => {
  assert.equal(config().Driver, 'reconcile')
})

test('a project and a name make a name that Docker allows', () => {
  assert.equal(config().Name, '/shop-web')
})

test('dockerd puts an init of its own where we had one, and is asked for none otherwise', () => {
  assert.equal(hostConfig(withSpec({ init: true })).Init, true)
  assert.equal('Init' in hostConfig(), false)
})

test('a terminal is one for dockerd, too, and can be typed into', () => {
  const wanted = ({ Config: { Tty, OpenStdin, StdinOnce } }: ReturnType<typeof config>) => [Tty, OpenStdin, StdinOnce]
  assert.deepEqual(wanted(config(withSpec({ tty: true }))), [true, true, false])
  assert.deepEqual(wanted(config()), [false, false, false])
})

test('the text is one line, written as Go writes JSON', () => {
  const text = configText(paths, sampleRecord, createdState)
  assert.match(text, /^[^\n]*\n$/)
  assert.ok(text.includes(String.raw`"echo \u003cup\u003e \u0026\u0026 sleep 1"`), text)
})

test('a container that never started has the zero times', () => {
  const { State } = config({ ...sampleRecord, run: null })
  assert.deepEqual(
    [State.Running, State.StartedAt, State.FinishedAt],
    [false, '0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  )
})

test('a running container has its pid and the time of its start', () => {
  const { State } = config(sampleRecord, runningState(4321, 1_770_000_001_000))
  assert.deepEqual([State.Running, State.Pid, State.StartedAt], [true, 4321, '2026-02-02T02:40:01.000Z'])
})

test('an end by a signal is 128 plus its number, and tells of the OOM killer', () => {
  const { State } = config(sampleRecord, exitedState({ kind: 'signal', signal: 9, oom: true, atMs: 5 }, 1))
  assert.deepEqual([State.ExitCode, State.OOMKilled, State.Running], [137, true, false])
})

test('an end that nobody saw is a failure, never 0', () => {
  const { State } = config(sampleRecord, exitedState({ kind: 'unknown', why: 'no shim', atMs: 5 }, 1))
  assert.deepEqual([State.ExitCode, State.Error], [255, 'no shim'])
})

test('a start that failed leaves the container created, with the reason', () => {
  const { State } = config({ ...sampleRecord, run: null }, failedStartState('no such file', 127, null))
  assert.deepEqual([State.ExitCode, State.Error, State.StartedAt], [127, 'no such file', '0001-01-01T00:00:00Z'])
})

test('only an anonymous volume has no Spec.Source, by which Docker tells what it may delete', () => {
  const { MountPoints } = config()
  assert.equal(MountPoints['/data'].Spec.Source, 'beat')
  assert.equal(MountPoints['/data'].Source, '/var/lib/reconcile/volumes/beat/_data')
  assert.deepEqual(MountPoints['/cache'].Spec, {})
  assert.equal(MountPoints['/cache'].Name, 'ef56'.repeat(16))
  assert.equal(MountPoints['/site'].Source, '/srv/site')
  assert.deepEqual(MountPoints['/run'].Spec.TmpfsOptions, { SizeBytes: 16777216, Mode: 0o1777 })
})

test('a request is shown as -v has it; what -v can’t say, as --mount', () => {
  const bind = { type: 'bind', source: '/srv', readOnly: false, propagation: 'rprivate', createSource: false } as const
  const volume = { type: 'volume', name: 'beat', readOnly: false, noCopy: false } as const
  const record = withSpec({
    mounts: [
      { ...volume, target: '/plain' },
      { ...volume, target: '/options', readOnly: true, noCopy: true },
      { ...volume, target: '/with:colon' },
      { ...volume, target: '/own', name: null },
      { ...volume, target: '/own-read-only', name: null, readOnly: true },
      { ...volume, target: '/own-empty', name: null, noCopy: true },
      { ...bind, target: '/bound', recursive: true, propagation: 'rshared' },
      { ...bind, target: '/flat', recursive: false },
    ],
  })
  const { Binds, Mounts } = hostConfig(record)
  assert.deepEqual(Binds, ['beat:/plain', 'beat:/options:ro,nocopy', '/srv:/bound:rshared'])
  assert.deepEqual(
    Mounts.map((mount: Record<string, unknown>) => mount['Target']),
    ['/with:colon', '/own-empty', '/flat'],
  )
  assert.deepEqual(Mounts[2].BindOptions, { NonRecursive: true })
  const { Config, MountPoints } = config({ ...record, anonymousVolumes: {} })
  assert.deepEqual(Config.Volumes, { '/own': {}, '/own-read-only': {} })
  assert.deepEqual(
    Object.values(MountPoints as Record<string, { Relabel?: string }>).map(({ Relabel }) => Relabel),
    ['z', 'ro,nocopy', 'z', undefined, undefined, 'z', 'rshared', undefined],
  )
  assert.equal('Mounts' in hostConfig(withSpec({ mounts: [{ ...volume, target: '/plain' }] })), false)
})

test('a network always has fields, since an empty object crashes dockerd', () => {
  assert.equal(config().NetworkSettings.Networks.none.NetworkID, '')
  const host = withSpec({ namespaces: { ...sampleRecord.declaration.spec.namespaces, net: 'host' } })
  assert.deepEqual(Object.keys(config(host).NetworkSettings.Networks), ['host'])
  assert.equal(hostConfig(host).NetworkMode, 'host')
})

test("what is on the data-root's bridge is on Docker's, which knows no aliases and fixed addresses there", () => {
  const on = (name: string) => ({
    ...sampleRecord,
    declaration: {
      ...sampleRecord.declaration,
      networks: [{ name, aliases: ['www'], address: '10.200.0.9', address6: null }],
    },
    endpoints: { [name]: { networkId: 'a'.repeat(64), interface: 'eth0', ipv4: '10.200.0.9', ipv6: null } },
  })
  const entryOf = (name: string) => {
    const { IPAMConfig, Aliases, NetworkID } = config(on(name)).NetworkSettings.Networks[name]
    return { IPAMConfig, Aliases, NetworkID }
  }
  assert.equal(hostConfig(on('bridge')).NetworkMode, 'default')
  assert.deepEqual(entryOf('bridge'), { IPAMConfig: null, Aliases: null, NetworkID: '' })
  assert.equal(hostConfig(on('shop_default')).NetworkMode, 'shop_default')
  assert.deepEqual(entryOf('shop_default').Aliases, ['www'])
  assert.equal(entryOf('shop_default').NetworkID, '', 'by its name')
})

test('a container that was stopped, or is declared as stopped, is one that Docker must not start by unless-stopped', () => {
  const { declaration } = sampleRecord
  const stopped = (state: 'running' | 'stopped', stop: typeof sampleRecord.stop) =>
    config({ ...sampleRecord, stop, declaration: { ...declaration, state } }).HasBeenManuallyStopped
  assert.deepEqual(
    [stopped('running', null), stopped('stopped', null), stopped('running', { sinceMs: 1, graceMs: 1 })],
    [false, true, true],
  )
})

test("in the host's network a container is named like the host", () => {
  const host = withSpec({ namespaces: { ...sampleRecord.declaration.spec.namespaces, net: 'host' } })
  assert.equal(config(host).Config.Hostname, hostname())
})

test('hostconfig.json keeps the limits as they were declared, memory and swap together twice the memory', () => {
  const { Memory, MemorySwap, CpuPeriod, CpuQuota, CpusetCpus, PidsLimit, CpuShares } = hostConfig()
  assert.deepEqual(
    [Memory, MemorySwap, CpuPeriod, CpuQuota, CpusetCpus, PidsLimit, CpuShares],
    [67108864, 134217728, 100000, 50000, '0', 32, 0],
  )
})

test('no masked paths is an empty list, the default ones are listed as an engine does', () => {
  const { MaskedPaths, ReadonlyPaths } = hostConfig()
  assert.ok(MaskedPaths.includes('/proc/kcore'))
  assert.deepEqual(ReadonlyPaths, [])
})

test('a log without rotation has no options, since Docker refuses max-file alone', () => {
  assert.deepEqual(hostConfig().LogConfig.Config, { 'max-file': '3', 'max-size': '10485760' })
  assert.deepEqual(hostConfig(withSpec({ logging: { maxSizeBytes: null, maxFile: 3 } })).LogConfig.Config, {})
})

test('the host name is the declared one or the first 12 digits of the id', () => {
  assert.equal(config().Config.Hostname, sampleId.slice(0, 12))
  assert.equal(config(withSpec({ hostname: 'web' })).Config.Hostname, 'web')
})
