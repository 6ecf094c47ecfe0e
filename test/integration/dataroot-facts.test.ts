import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { createFile, replaceFile } from '../../src/dataroot/files/atomic.ts'
import { readDockerState } from '../../src/dataroot/docker/state.ts'
import { exitOf, readExitRecord } from '../../src/dataroot/records/exit-record.ts'
import { appendHistory, readHistory } from '../../src/dataroot/records/history.ts'
import { nextPass } from '../../src/dataroot/records/pass-counter.ts'
import { containerPaths, containerRunDir } from '../../src/dataroot/layout/paths.ts'
import { containerOfRun, recordOfRun } from '../../src/dataroot/records/run-plan.ts'
import { listRunDirs, readRunState } from '../../src/dataroot/records/run-state.ts'
import { identifyProcess } from '../../src/dataroot/records/process-identity.ts'
import { liveWatchers, registerWatcher } from '../../src/dataroot/sources/watchers.ts'
import type { ExitRecord, RunState } from '../../src/model/record.ts'
import { sampleId, sampleRecord } from '../support/sample-record.ts'
import { expectFailure, expectOk, rootWith, temporaryDirectory, temporaryRoot } from './dataroot-lab.ts'

const rootId = '0123456789ab'
const bootId = '9d1c2a4e-0000-4000-8000-000000000000'
const exitRecord: ExitRecord = {
  version: 1,
  containerId: sampleId,
  bootId,
  pid: 7,
  startTicks: '99',
  startedAtMs: 1,
  finishedAtMs: 2,
  code: 7,
  signal: null,
  oomKilled: false,
  stopRequested: false,
  logLinesLost: 0,
}
const runState: RunState = {
  version: 1,
  containerId: sampleId,
  rootId,
  bootId,
  pid: 7,
  startTicks: '99',
  shimPid: 6,
  shimStartTicks: '98',
  startedAtMs: 1,
  warnings: [],
}

test('an exit record is absent, read, or unreadable with the reason', t => {
  const paths = rootWith(t, sampleRecord)
  const { exit } = containerPaths(paths, sampleId)
  assert.deepEqual(readExitRecord(paths, rootId, sampleId), { known: true, value: null })
  writeFileSync(exit, JSON.stringify(exitRecord))
  assert.deepEqual(readExitRecord(paths, rootId, sampleId), { known: true, value: exitRecord })
  writeFileSync(exit, JSON.stringify({ ...exitRecord, containerId: 'f'.repeat(64) }))
  assert.equal(readExitRecord(paths, rootId, sampleId).known, false)
  writeFileSync(exit, JSON.stringify({ ...exitRecord, code: 'seven' }))
  assert.deepEqual(readExitRecord(paths, rootId, sampleId), {
    known: false,
    why: `${exit}: code is not a whole number`,
  })
})

test('an exit that found no room in the data-root is read from the run directory', t => {
  const paths = rootWith(t, sampleRecord)
  writeFileSync(containerPaths(paths, sampleId).exit, JSON.stringify({ ...exitRecord, finishedAtMs: 1 }))
  const directory = containerRunDir(paths, rootId, sampleId)
  mkdirSync(directory, { recursive: true })
  writeFileSync(`${directory}/exit`, JSON.stringify(exitRecord))
  assert.deepEqual(readExitRecord(paths, rootId, sampleId), { known: true, value: exitRecord })
})

test('an exit that nobody could learn is unknown, never a guess', () => {
  assert.deepEqual(exitOf(exitRecord), { kind: 'code', code: 7, atMs: 2 })
  assert.deepEqual(exitOf({ ...exitRecord, code: null, signal: 9, oomKilled: true }), {
    kind: 'signal',
    signal: 9,
    oom: true,
    atMs: 2,
  })
  assert.equal(exitOf({ ...exitRecord, code: null }).kind, 'unknown')
})

test('a run state of another data-root or container is not believed', t => {
  const paths = temporaryRoot(t)
  const directory = containerRunDir(paths, rootId, sampleId)
  assert.deepEqual(readRunState(paths, rootId, sampleId), { known: true, value: null })
  assert.deepEqual(listRunDirs(paths, rootId), { known: true, value: [] })
  mkdirSync(directory, { recursive: true })
  mkdirSync(join(dirname(directory), 'other'))
  writeFileSync(join(directory, 'state'), JSON.stringify(runState))
  assert.deepEqual(readRunState(paths, rootId, sampleId), { known: true, value: runState })
  assert.deepEqual(listRunDirs(paths, rootId), { known: true, value: [sampleId.slice(0, 16)] })
  for (const change of [
    { rootId: 'ba9876543210' },
    { containerId: `${sampleId.slice(0, 63)}0` },
    { pid: '7' },
    { startTicks: 99 },
  ]) {
    writeFileSync(join(directory, 'state'), JSON.stringify({ ...runState, ...change }))
    assert.equal(readRunState(paths, rootId, sampleId).known, false, JSON.stringify(change))
  }
})

test("Docker's state is absent, read, or unreadable", t => {
  const paths = rootWith(t, sampleRecord)
  const { config } = containerPaths(paths, sampleId)
  assert.equal(readDockerState(paths, sampleId).known, true)
  writeFileSync(config, '{"State":null}')
  assert.deepEqual(readDockerState(paths, sampleId), { known: false, why: `${config}: State is not an object` })
  rmSync(config)
  assert.deepEqual(readDockerState(paths, sampleId), { known: true, value: null })
})

const historyEntry = (pass: number) => ({
  atMs: pass,
  pass,
  what: `what ${pass}`,
  why: 'x'.repeat(300),
  position: null,
})

test('the history keeps the last 100 entries', t => {
  const paths = rootWith(t, sampleRecord)
  for (let pass = 1; pass <= 500; pass++) expectOk(appendHistory(paths, sampleId, historyEntry(pass)))
  const entries = readHistory(paths, sampleId)
  assert.deepEqual([entries.length, entries.at(0)?.pass, entries.at(-1)?.pass], [100, 401, 500])
  assert.ok(statSync(containerPaths(paths, sampleId).history).size < 100_000)
})

test('an entry that a crash cut off spoils neither the one before nor the one after', t => {
  const paths = rootWith(t, sampleRecord)
  expectOk(appendHistory(paths, sampleId, historyEntry(1)))
  writeFileSync(containerPaths(paths, sampleId).history, '{"atMs":', { flag: 'a' })
  expectOk(appendHistory(paths, sampleId, historyEntry(2)))
  assert.deepEqual(readHistory(paths, sampleId), [historyEntry(1), historyEntry(2)])
})

test('passes are counted over the life of a data-root', t => {
  const paths = temporaryRoot(t)
  assert.deepEqual(
    [1, 2].map(() => expectOk(nextPass(paths, 0))),
    [1, 2],
  )
  writeFileSync(paths.passes, 'many')
  assert.equal(expectOk(nextPass(paths, 0)), 1)
  assert.ok(readdirSync(paths.own).includes('passes.unreadable-19700101T000000Z'))
})

test('a source has one watcher', t => {
  const paths = temporaryRoot(t)
  const self = identifyProcess(process.pid)
  assert.ok(self)
  const first = expectOk(registerWatcher(paths, '/srv/manifests', self, 5))
  const message = expectFailure(registerWatcher(paths, '/srv/manifests', self, 6), 'E_BUSY')
  assert.equal(message, `/srv/manifests is watched already, by process ${process.pid}`)
  expectOk(registerWatcher(paths, '/srv/others', self, 7))
  assert.deepEqual(
    expectOk(liveWatchers(paths)).map(({ source }) => source),
    ['/srv/manifests', '/srv/others'],
  )
  first.release()
  assert.deepEqual(
    expectOk(liveWatchers(paths)).map(({ source }) => source),
    ['/srv/others'],
  )
})

test('a watcher that died, or whose pid another process has now, is none', t => {
  const paths = temporaryRoot(t)
  const self = identifyProcess(process.pid)
  assert.ok(self)
  for (const gone of [
    { ...self, startTicks: '1' },
    { ...self, bootId },
    { ...self, pid: 2 ** 22 + 1 },
  ]) {
    expectOk(registerWatcher(paths, '/srv/manifests', gone, 5))
    assert.deepEqual(expectOk(liveWatchers(paths)), [])
  }
  expectOk(registerWatcher(paths, '/srv/manifests', self, 5))
})

test('a process is identified whatever its command is called', t => {
  const procRoot = temporaryDirectory(t)
  mkdirSync(join(procRoot, 'sys/kernel/random'), { recursive: true })
  writeFileSync(join(procRoot, 'sys/kernel/random/boot_id'), `${bootId}\n`)
  mkdirSync(join(procRoot, '7'))
  const fields = Array.from({ length: 40 }, (_, n) => n + 4)
  writeFileSync(join(procRoot, '7/stat'), `7 (evil) S 1 1) R ${fields.join(' ')}\n`)
  assert.deepEqual(identifyProcess(7, procRoot), { pid: 7, startTicks: '22', bootId })
  assert.equal(identifyProcess(8, procRoot), null)
})

test('replacing a file gives it a new inode, the mode that was asked for, and replaces a link itself', t => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'file')
  writeFileSync(join(directory, 'victim'), 'precious')
  symlinkSync('victim', path)
  replaceFile(path, 'new', 0o640)
  assert.equal(statSync(path).mode & 0o777, 0o640)
  assert.equal(readFileSync(join(directory, 'victim'), 'utf8'), 'precious')
  assert.equal(createFile(path, 'other', 0o600), false)
  assert.equal(readFileSync(path, 'utf8'), 'new')
  assert.throws(() => replaceFile(join(directory, 'victim/file'), '', 0o600), { code: 'ENOTDIR' })
  mkdirSync(join(directory, 'directory'))
  assert.throws(() => replaceFile(join(directory, 'directory'), '', 0o600))
  assert.deepEqual(readdirSync(directory).sort(), ['directory', 'file', 'victim'])
})

test('a plan of another run, or a record in it that is none, is not believed', t => {
  const paths = temporaryRoot(t)
  const directory = containerRunDir(paths, rootId, sampleId)
  mkdirSync(directory, { recursive: true })
  const name = sampleId.slice(0, 16)
  const good = { containerId: sampleId, rootId, record: JSON.stringify(sampleRecord) }
  const look = (plan: unknown) => {
    writeFileSync(join(directory, 'plan'), typeof plan === 'string' ? plan : JSON.stringify(plan))
    return [containerOfRun(paths, rootId, name), recordOfRun(paths, rootId, sampleId)]
  }
  assert.deepEqual([containerOfRun(paths, rootId, name), recordOfRun(paths, rootId, sampleId)], [null, null])
  assert.deepEqual(look(good), [sampleId, sampleRecord])
  for (const record of ['', '{', '{}', JSON.stringify({ ...sampleRecord, id: 'f'.repeat(64) })]) {
    assert.deepEqual(look({ ...good, record }), [sampleId, null])
  }
  for (const change of [{ containerId: 'f'.repeat(64) }, { rootId: 'ba9876543210' }, { containerId: '../x' }]) {
    assert.deepEqual(look({ ...good, ...change }), [null, null])
  }
  for (const text of ['', '{', '[]', '\0']) assert.deepEqual(look(text), [null, null])
  writeFileSync(join(directory, 'state'), JSON.stringify(runState))
  assert.deepEqual(look('{'), [sampleId, null])
})
