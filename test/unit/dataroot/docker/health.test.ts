/** `State.Health` is what a dockerd would have written, and what it will read. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { dockerHealth } from '../../../../src/dataroot/docker/health.ts'
import { createdState, exitedState, runningState } from '../../../../src/dataroot/docker/state.ts'
import { containerPaths, dataRootPaths } from '../../../../src/dataroot/layout/paths.ts'
import { writeHealth } from '../../../../src/dataroot/records/health.ts'
import type { DeclaredHealth, Health } from '../../../../src/model/health.ts'
import type { ContainerRecord } from '../../../../src/model/record.ts'
import { labPrefix } from '../../../support/leaks.ts'
import { sampleRecord } from '../../../support/sample-record.ts'

const process = { pid: 4321, startTicks: '99', bootId: 'b007' }
const running = runningState(4321, 1_770_000_001_000)
const exited = exitedState({ kind: 'code', code: 0, atMs: 1_770_000_009_000 }, 1_770_000_001_000)
const result = { startMs: 1_770_000_002_000, endMs: 1_770_000_002_250, exitCode: 1, output: 'no <answer>\n' }
const unhealthy: Health = { status: 'unhealthy', sinceMs: 1_770_000_002_250, failingStreak: 3, log: [result] }
const told = {
  Start: '2026-02-02T02:40:02.000Z',
  End: '2026-02-02T02:40:02.250Z',
  ExitCode: 1,
  Output: 'no <answer>\n',
}

const { run } = sampleRecord
const declared = (probe: DeclaredHealth['probe']): ContainerRecord => {
  const health: DeclaredHealth = {
    probe,
    intervalMs: null,
    timeoutMs: null,
    startPeriodMs: null,
    startIntervalMs: null,
    retries: null,
    onUnhealthy: 'restart',
  }
  assert.ok(run)
  return { ...sampleRecord, declaration: { ...sampleRecord.declaration, health }, run: { ...run, process } }
}
const byCommand = declared({ kind: 'command', test: ['CMD', 'true'] })
const byUs = declared({ kind: 'tcp', host: 'localhost', port: 80 })

function root(t: TestContext) {
  const folder = mkdtempSync(`${labPrefix}health-`)
  t.after(() => rmSync(folder, { recursive: true }))
  const paths = dataRootPaths(folder, `${folder}/run`)
  const { dir, health } = containerPaths(paths, sampleRecord.id)
  mkdirSync(dir, { recursive: true })
  return { paths, file: health }
}

test('a container without a check, or that never ran, has none', t => {
  const { paths } = root(t)
  const { health: _, ...declaration } = sampleRecord.declaration
  assert.equal(dockerHealth(paths, { ...byCommand, declaration }, null, running), null)
  assert.equal(dockerHealth(paths, { ...byCommand, run: null }, null, createdState), null)
  assert.equal(dockerHealth(paths, declared({ kind: 'none' }), null, running), null)
})

test('before the first probe, and after one that cannot be read, it is starting', t => {
  const { paths, file } = root(t)
  const starting = { Status: 'starting', FailingStreak: 0, Log: [] }
  assert.deepEqual(dockerHealth(paths, byCommand, null, running), starting)
  writeFileSync(file, '{ "version": 1, "proc')
  assert.deepEqual(dockerHealth(paths, byCommand, null, running), starting)
})

test('while it runs it is what its last probes said', t => {
  const { paths } = root(t)
  assert.ok(writeHealth(paths, sampleRecord.id, { version: 1, process, ...unhealthy }).ok)
  for (const record of [byCommand, byUs])
    assert.deepEqual(dockerHealth(paths, record, null, running), { Status: 'unhealthy', FailingStreak: 3, Log: [told] })
})

test('a new run begins as starting, with the results of the one before', t => {
  const { paths } = root(t)
  writeHealth(paths, sampleRecord.id, { version: 1, process: { ...process, startTicks: '98' }, ...unhealthy })
  assert.deepEqual(dockerHealth(paths, byCommand, null, running), { Status: 'starting', FailingStreak: 0, Log: [told] })
})

test('one that has ended is unhealthy, as dockerd has it; nothing is left of probes that a dockerd could not repeat', t => {
  const { paths } = root(t)
  writeHealth(paths, sampleRecord.id, { version: 1, process, ...unhealthy, status: 'healthy', failingStreak: 0 })
  assert.deepEqual(dockerHealth(paths, byCommand, null, exited), { Status: 'unhealthy', FailingStreak: 0, Log: [told] })
  assert.equal(dockerHealth(paths, byUs, null, exited), null)
})
