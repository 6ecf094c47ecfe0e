import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { runAtOnce } from '../../src/dataroot/files/disk-work.ts'
import { containerRunDir, dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { creatingContainer } from '../../src/dataroot/objects/containers.ts'
import type { ContainerRecord, RunState } from '../../src/model/record.ts'
import { observe } from '../../src/observe/observe.ts'
import { fakeHost, unlimitedLimits } from './fake-host.ts'
import { containerOf, desiredOf, freshRestarts, recordOf } from './specs.ts'

/** A data-root on disk beside a /proc and cgroups that are only files. */
export function fakeRoot(t: TestContext) {
  const host = fakeHost()
  t.after(host.remove)
  const paths = dataRootPaths(join(host.dir, 'root'), join(host.dir, 'run'))
  const opened = openRoot(paths, { create: true })
  assert.ok(opened.ok)
  const { rootId } = opened.value
  const runDir = (id: string) => containerRunDir(paths, rootId, id)
  const look = async (desired = desiredOf([])) =>
    observe({ paths, rootId, now: () => 9000, procRoot: host.procRoot }, desired)
  const only = async () => {
    const { containers, operations } = await look()
    assert.equal(containers.length, 1)
    const container = containers[0]
    assert.ok(container)
    return { container, operations, phase: container.phase.known ? container.phase.value : null }
  }
  const create = (id: string, wish: Partial<ContainerRecord> = {}) => {
    const container = containerOf('web')
    const { origin } = container
    const declaration = recordOf(container)
    const made = { version: 1, id, declaration, origin, createdAtMs: 500, limits: unlimitedLimits } as const
    const fresh = { anonymousVolumes: {}, image: null, restarts: freshRestarts, run: null, stop: null }
    const record: ContainerRecord = { ...made, ...fresh, ...wish }
    runAtOnce(creatingContainer(paths, record))
    return record
  }
  const setState = (id: string, wish: Partial<RunState> = {}) => {
    mkdirSync(runDir(id), { recursive: true })
    const processes = { pid: 70, startTicks: '700', shimPid: 60, shimStartTicks: '600', bootId: host.bootId }
    const state = { version: 1, containerId: id, rootId, ...processes, startedAtMs: 1000, warnings: [], ...wish }
    writeFileSync(join(runDir(id), 'state'), JSON.stringify(state))
  }
  return { host, paths, rootId, runDir, look, only, create, setState }
}
