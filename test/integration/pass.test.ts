import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { DesiredContainer, DesiredState } from '../../src/model/desired.ts'
import type { ObservedContainer } from '../../src/model/observed.ts'
import { readDockerState } from '../../src/dataroot/docker/state.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { containerCgroup, parentCgroup } from '../../src/observe/cgroup-places.ts'
import { limitFilePath } from '../../src/observe/limit-files.ts'
import { readUsage } from '../../src/observe/usage.ts'
import { isAlive, until } from './core-lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { openRealHost, type RealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf, mib, sourceOf, volumeOf } from '../support/specs.ts'

const mounts = readCgroupMounts('/proc')

function lab(t: TestContext): RealHost & { readonly folder: string } {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  return { ...host, folder }
}

/** Nothing is declared any more, and `web` is gone for long enough. */
const nothing = desiredOf([], { sources: [sourceOf({ allowEmpty: true })], absentSinceMs: { 'container web': 0 } })

const shell = (name: string, script: string, wish: Parameters<typeof containerOf>[1] = {}): DesiredContainer =>
  containerOf(name, {
    stop: { signal: 'SIGTERM', graceMs: 2000 },
    ...wish,
    spec: { command: ['sh', '-c', script], ...wish.spec },
  })

const sleeper = 'trap "exit 0" TERM; while :; do sleep 0.1; done'

async function only(
  host: RealHost,
  desired: DesiredState,
): Promise<ObservedContainer & { readonly pid: number | null }> {
  const { observed } = await host.pass(desired)
  assert.equal(observed.containers.length, 1)
  const container = observed.containers[0]
  assert.ok(container)
  const phase = container.phase.known ? container.phase.value : null
  return { ...container, pid: phase?.phase === 'running' ? phase.process.pid : null }
}

const limitFile = (host: RealHost, id: string, field: Parameters<typeof limitFilePath>[2]) =>
  limitFilePath(mounts, containerCgroup(mounts, host.deps.rootId, id), field) ?? ''

test('a declared container runs, keeps its pid through limits and drift, and leaves nothing', async t => {
  const host = lab(t)
  const at = (memoryBytes: number) => desiredOf([shell('web', sleeper, { limits: { memoryBytes, pids: 32 } })])
  const made = await host.converge(at(64 * mib))
  assert.deepEqual(
    made.observed.containers.map(({ phase }) => phase.known && phase.value.phase),
    ['running'],
  )
  const first = await only(host, at(64 * mib))
  assert.equal(readFileSync(limitFile(host, first.id, 'memoryBytes'), 'utf8').trim(), `${64 * mib}`)
  const usage = readUsage(mounts, containerCgroup(mounts, host.deps.rootId, first.id))
  assert.ok((usage.memoryBytes ?? 0) > 0 && (usage.pids ?? 0) > 0)

  const changed = await host.pass(at(128 * mib))
  assert.deepEqual(
    changed.steps.map(({ result, step }) => [step.action.kind, result]),
    [['update-limits', 'done']],
  )
  assert.equal(readFileSync(limitFile(host, first.id, 'memorySwapBytes'), 'utf8').trim(), `${256 * mib}`)

  writeFileSync(limitFile(host, first.id, 'pids'), '99')
  const healed = await host.pass(at(128 * mib))
  assert.deepEqual(
    healed.plan.steps.map(({ reason }) => reason.code),
    ['drifted'],
  )
  assert.equal(readFileSync(limitFile(host, first.id, 'pids'), 'utf8').trim(), '32')
  assert.equal((await only(host, at(128 * mib))).pid, first.pid)

  const ended = await host.converge(nothing)
  assert.deepEqual(ended.observed.containers, [])
  await nothingIsLeft(host, first.id)
})

test('a one-shot ends with its own code, once, and the code stands in the docker state', async t => {
  const host = lab(t)
  const desired = desiredOf([shell('job', 'exit 7', { restart: { policy: 'no', maxRetries: 0 } })])
  await host.converge(desired)
  const { id, phase } = await only(host, desired)
  assert.deepEqual(
    phase.known && phase.value.phase === 'exited' && phase.value.exit.kind === 'code' && phase.value.exit.code,
    7,
  )
  const state = readDockerState(host.deps.paths, id)
  assert.equal(state.known && state.value?.exitCode, 7)
  assert.deepEqual((await host.pass(desired)).plan.steps, [])
})

test('a command that does not exist is a failed start with code 127, tried again later', async t => {
  const host = lab(t)
  const desired = desiredOf([containerOf('bad', { spec: { command: ['no-such-command'] } })])
  const outcome = await host.pass(desired)
  assert.equal(outcome.steps.at(-1)?.result, 'failed')
  const { id, restarts } = await only(host, desired)
  assert.equal(restarts.failedStart?.code, 127)
  const state = readDockerState(host.deps.paths, id)
  assert.equal(state.known && state.value?.exitCode, 127)
  await nothingRuns(host, id)
})

test('what crashes is started again, and counted', async t => {
  const host = lab(t)
  const desired = desiredOf([shell('web', sleeper)])
  await host.converge(desired)
  const { pid } = await only(host, desired)
  process.kill(pid ?? 0, 'SIGKILL')
  // a busy machine lets it die later
  await until(() => !isAlive(pid ?? 0), 'its death')
  await host.converge(desired)
  const again = await only(host, desired)
  assert.notEqual(again.pid, pid)
  assert.equal(again.restarts.count, 1)
})

test('a changed command stops the old container before the new one starts, and keeps its anonymous volume', async t => {
  const host = lab(t)
  const mounted = { mounts: [{ type: 'volume', name: null, target: '/data', readOnly: false, noCopy: false }] } as const
  const desired = (word: string) =>
    desiredOf([shell('web', `echo ${word} >> /data/words; ${sleeper}`, { spec: mounted })])
  await host.converge(desired('one'))
  const before = await only(host, desired('one'))
  await host.converge(desired('two'))
  const after = await only(host, desired('two'))
  assert.notEqual(after.id, before.id)
  const volume = after.anonymousVolumes['/data'] ?? ''
  assert.equal(before.anonymousVolumes['/data'], volume)
  assert.equal(readFileSync(`${host.deps.paths.volumes}/${volume}/_data/words`, 'utf8'), 'one\ntwo\n')
  await host.converge(nothing)
  assert.equal(existsSync(`${host.deps.paths.volumes}/${volume}`), false)
})

test('a container with named volume, bind, tmpfs and its files in /etc sees them all', async t => {
  const host = lab(t)
  const bind = {
    type: 'bind',
    source: `${host.folder}/made`,
    target: '/b',
    readOnly: true,
    recursive: true,
    propagation: 'rprivate',
    createSource: true,
  } as const
  const mountList = [
    bind,
    { type: 'volume', name: 'data', target: '/v', readOnly: false, noCopy: false } as const,
    { type: 'tmpfs', target: '/t', readOnly: false, sizeBytes: mib, mode: null } as const,
  ]
  const script = 'cat /etc/hostname; echo $HOME $PATH; touch /v/x /t/x && echo rw; touch /b/x 2>/dev/null || echo ro'
  const container = shell('job', script, {
    restart: { policy: 'no', maxRetries: 0 },
    spec: { mounts: mountList, hostname: 'named' },
  })
  const desired = desiredOf([container], { volumes: [volumeOf('data')] })
  await host.converge(desired)
  const { id } = await only(host, desired)
  const log = readFileSync(`${host.deps.paths.containers}/${id}/${id}-json.log`, 'utf8').trim().split('\n')
  const said = log.map(line => (JSON.parse(line) as { log: string }).log).join('')
  assert.equal(said, 'named\n/root /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nrw\nro\n')
  assert.ok(existsSync(`${host.deps.paths.volumes}/data/_data/x`))
})

test('a payload whose shim is killed gets a new one, and is stopped by it', async t => {
  const host = lab(t)
  const desired = desiredOf([shell('web', sleeper)])
  await host.converge(desired)
  const { id, pid } = await only(host, desired)
  const state = JSON.parse(
    readFileSync(`${host.deps.paths.run}/${host.deps.rootId}/${id.slice(0, 16)}/state`, 'utf8'),
  ) as { shimPid: number }
  process.kill(state.shimPid, 'SIGKILL')
  await until(() => !isAlive(state.shimPid), 'the end of the shim')
  const outcome = await host.pass(desired)
  assert.deepEqual(
    outcome.steps.map(({ step, result }) => [step.action.kind, result]),
    [['adopt-container', 'done']],
  )
  assert.equal((await only(host, desired)).pid, pid)
  await host.converge(nothing)
  await nothingIsLeft(host, id)
})

async function nothingRuns(host: RealHost, id: string): Promise<void> {
  const left = () =>
    [
      `${host.deps.paths.run}/${host.deps.rootId}/${id.slice(0, 16)}`,
      ...Object.values(mounts.controllers).map(point => `${point}/${parentCgroup(mounts, host.deps.rootId)}`),
    ].filter(path => existsSync(path))
  for (const endMs = Date.now() + 3000; left().length > 0 && Date.now() < endMs; ) await setTimeout(10)
  assert.deepEqual(left(), [])
}

async function nothingIsLeft(host: RealHost, id: string): Promise<void> {
  await nothingRuns(host, id)
  const { paths } = host.deps
  for (const path of [`${paths.containers}/${id}`, `${paths.layers}/${id}`, `${paths.removed}/${id}`])
    assert.equal(existsSync(path), false, path)
}
