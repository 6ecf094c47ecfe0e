import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredContainer } from '../../../src/model/desired.ts'
import { readManifests } from '../../../src/manifest/read.ts'
import { readExample } from '../../support/examples.ts'

const container = (name: string): DesiredContainer => {
  const [first] = readExample('valid', name).containers
  assert.ok(first !== undefined)
  return first
}

test('the least manifest gets the defaults of Docker', () => {
  const { spec, limits, restart, stop, state, declaresRestart, bestEffort, labels } = container('least')
  assert.deepEqual(spec, {
    rootfs: 'host',
    image: null,
    entrypoint: [],
    command: ['sh'],
    env: {},
    user: '',
    workingDir: '/',
    hostname: null,
    domainname: '',
    mounts: [],
    namespaces: { pid: 'private', ipc: 'private', uts: 'private', net: 'private', cgroup: 'private' },
    capabilities: { add: [], drop: [] },
    security: { readOnlyRoot: false, noNewPrivileges: false, maskedPaths: 'default', readonlyPaths: 'default' },
    sysctls: {},
    ulimits: {},
    oomScoreAdj: null,
    shmSizeBytes: 64 * 1024 * 1024,
    logging: { maxSizeBytes: 10 * 1024 * 1024, maxFile: 3 },
  })
  assert.deepEqual(new Set(Object.values(limits)), new Set([null]))
  assert.deepEqual(
    [restart, stop],
    [
      { policy: 'always', maxRetries: 0 },
      { signal: 'SIGTERM', graceMs: 10000 },
    ],
  )
  assert.deepEqual([state, declaresRestart, bestEffort, labels], ['running', false, false, {}])
})

test('every field of the schema reaches the desired container', () => {
  const { name, labels, spec, limits, restart, stop, state, declaresRestart, bestEffort } = container('everything')
  assert.deepEqual(
    [name, labels],
    [
      { project: 'shop', name: 'web' },
      { app: 'shop', 'tier.example': '1' },
    ],
  )
  assert.deepEqual([spec.rootfs, spec.entrypoint, spec.command], ['/srv/roots/alpine', ['/bin/entry'], ['serve', '-v']])
  assert.deepEqual(
    [spec.user, spec.workingDir, spec.hostname, spec.domainname],
    ['1000:1000', '/srv', 'web', 'example.test'],
  )
  assert.deepEqual([spec.init, spec.tty], [true, true])
  assert.deepEqual(spec.capabilities, { add: ['CAP_NET_ADMIN', 'CAP_SYS_TIME'], drop: ['ALL'] })
  assert.deepEqual(spec.security, {
    readOnlyRoot: true,
    noNewPrivileges: true,
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: 'default',
  })
  assert.deepEqual(spec.sysctls, { 'net.core.somaxconn': '1024', 'kernel.msgmax': '8192' })
  assert.deepEqual(spec.ulimits, { nofile: { soft: 1024, hard: 4096 }, core: { soft: 0, hard: -1 } })
  assert.deepEqual(
    [spec.oomScoreAdj, spec.shmSizeBytes, spec.logging],
    [100, 33554432, { maxSizeBytes: 1048576, maxFile: 5 }],
  )
  assert.deepEqual(limits, {
    memoryBytes: 268435456,
    memorySwapBytes: 536870912,
    memoryReservationBytes: 134217728,
    cpuPeriodUs: 100000,
    cpuQuotaUs: 200000,
    cpuShares: 512,
    cpusetCpus: '0-1',
    cpusetMems: '0',
    pids: 100,
    blkioWeight: 500,
    blkio: [{ device: '/dev/vda', readBps: 10485760, writeIops: 500 }],
  })
  assert.deepEqual(
    [restart, stop],
    [
      { policy: 'on-failure', maxRetries: 3 },
      { signal: 'SIGQUIT', graceMs: 90000 },
    ],
  )
  assert.deepEqual([state, declaresRestart, bestEffort], ['stopped', true, true])
})

test('init and tty have digests of their own, and without them nothing of what was recorded before differs', () => {
  const digest = (field: string) => {
    const text = `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: web }\nspec: { rootfs: host, command: [sh]${field} }\n`
    const readFile = () => ({ ok: false, error: '' }) as const
    return readManifests([{ file: 'x', path: '/etc/m/x.yaml', text }], '/etc/m', { readFile }).containers[0]?.digest
  }
  assert.equal(digest(''), 'aded33d485c3ba24b5233b3c157bbce966cd4ad0d22eb80f7f02967c690a348a')
  assert.equal(digest(', init: false, tty: false'), digest(''))
  const digests = [digest(''), digest(', init: true'), digest(', tty: true')]
  assert.equal(new Set(digests).size, 3)
})

test("env files come first, in Docker's format, and env replaces them", () => {
  assert.deepEqual(container('everything').spec.env, {
    TZ: 'UTC',
    EMPTY: '',
    QUOTED: '"kept as it is"',
    URL: 'http://x/?a=b',
    MODE: 'fast',
  })
})

test("mounts keep their order; sources become absolute from the manifest's directory", () => {
  const text =
    'apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: web }\nspec:\n  rootfs: host\n  command: [sh]\n  mounts: ["./a:/a", "../b:/b:ro", "data:/data", /cache, { type: bind, source: c/d, target: /c, createSource: true }, { type: tmpfs, target: /run, size: 16Mi, mode: "1777" }]\n'
  const read = readManifests([{ file: 'x', path: '/etc/m/x.yaml', text }], '/etc/m', {
    readFile: () => ({ ok: false, error: '' }),
  })
  const bind = { type: 'bind', readOnly: false, recursive: true, propagation: 'rprivate', createSource: false }
  assert.deepEqual(read.containers[0]?.spec.mounts, [
    { ...bind, source: '/etc/m/a', target: '/a' },
    { ...bind, source: '/etc/b', target: '/b', readOnly: true },
    { type: 'volume', name: 'data', target: '/data', readOnly: false, noCopy: false },
    { type: 'volume', name: null, target: '/cache', readOnly: false, noCopy: false },
    { ...bind, source: '/etc/m/c/d', target: '/c', createSource: true },
    { type: 'tmpfs', target: '/run', readOnly: false, sizeBytes: 16777216, mode: 0o1777 },
  ])
})

test('cpus become a quota, and -1 stays unlimited', () => {
  assert.deepEqual([container('cpus').limits.cpuPeriodUs, container('cpus').limits.cpuQuotaUs], [100000, 50000])
  const { limits, spec } = container('unlimited')
  assert.deepEqual(
    [limits.memorySwapBytes, limits.pids, limits.cpuQuotaUs, spec.logging.maxSizeBytes],
    [-1, -1, -1, null],
  )
})

test('the policy no is a word in YAML 1.2, with and without quotes', () => {
  for (const name of ['one-shot', 'one-shot-bare-no']) {
    assert.deepEqual([container(name).restart.policy, container(name).declaresRestart], ['no', true])
  }
})

test('the short form of restart, as Compose has it, says the same as the long one', () => {
  const short = readExample('valid', 'restart-short').containers.map(({ restart, declaresRestart }) => ({
    ...restart,
    declaresRestart,
  }))
  const no = { policy: 'no', maxRetries: 0, declaresRestart: true }
  assert.deepEqual(short, [
    no,
    no,
    no,
    { ...no, policy: 'always' },
    { ...no, policy: 'unless-stopped' },
    { ...no, policy: 'on-failure' },
    { ...no, policy: 'on-failure', maxRetries: 3 },
  ])
})

test('a volume keeps its labels and its removal rule', () => {
  const { volumes } = readExample('valid', 'several-documents')
  assert.deepEqual(
    volumes.map(({ name, labels, removal }) => ({ name, labels, removal })),
    [{ name: 'data', labels: { a: 'b' }, removal: 'delete' }],
  )
})

test('an image keeps one text for one reference, and what the manifest leaves out is left to it', () => {
  const [web, app, tool] = readExample('valid', 'image').containers
  assert.deepEqual([web?.spec.image, web?.spec.rootfs, web?.pull], ['nginx:latest', null, 'missing'])
  assert.deepEqual([web?.spec.entrypoint, web?.spec.command, web?.spec.workingDir, web?.spec.user], [[], [], '', ''])
  assert.deepEqual(
    [web?.stop, tool?.stop],
    [
      { signal: null, graceMs: null },
      { signal: 'SIGQUIT', graceMs: null },
    ],
  )
  assert.match(app?.spec.image ?? '', /^registry\.example:5000\/team\/app:2\.1@sha256:0123/)
  assert.deepEqual([app?.pull, app?.spec.entrypoint, app?.spec.command], ['never', [''], ['serve']])
  assert.deepEqual(
    app?.spec.mounts.map(mount => mount.type === 'volume' && mount.noCopy),
    [true, false],
  )
})
