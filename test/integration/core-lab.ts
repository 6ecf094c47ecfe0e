import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import type { Result } from '../../src/model/errors.ts'

import { type Core, type CoreEvent, openCore } from '../../src/runtime/core.ts'
import type { CoreConfig } from '../../src/runtime/wire.ts'
import { labPrefix } from '../support/leaks.ts'

export const build = resolve(import.meta.dirname, '../../build')
export const controllers = ['memory', 'cpu', 'cpuset', 'pids', 'freezer', 'blkio'] as const

/** A core of its own root id; what the test made is gone when it ends. */
export type CoreLab = {
  readonly core: Core
  readonly config: CoreConfig & { readonly runDir: string }
  readonly rootId: string
  readonly runDir: string
  readonly dir: string
  /** Cleaned up when the test ends. */
  newContainerId(): string
  readonly events: CoreEvent[]
  /** The first event that fits, come or coming; fails after 5 s. */
  event(wanted: Partial<Record<string, unknown>>): Promise<CoreEvent>
}

export function openLab(t: TestContext): CoreLab {
  const dir = realpathSync(mkdtempSync(`${labPrefix}core-`))
  const rootId = randomBytes(6).toString('hex')
  const cgroupParent = `reconcile-${rootId}`
  const shimPath = join(build, 'reconcile-shim')
  const config = { rootId, runDir: join(dir, 'run'), shimPath, cgroupParent, probeDir: dir } satisfies CoreConfig
  const core = value(openCore(config))
  const containerIds: string[] = []
  t.after(async () => {
    for (const id of containerIds) value(await core.cleanup(id))
    core.close()
    rmSync(dir, { recursive: true })
  })
  const events: CoreEvent[] = []
  core.onEvent(event => events.push(event))
  const newContainerId = () => {
    containerIds.push(randomBytes(32).toString('hex'))
    return containerIds.at(-1) ?? ''
  }
  const runDir = join(config.runDir, rootId)
  return { core, config, rootId, dir, runDir, newContainerId, events, event: wanted => awaitEvent(events, wanted) }
}

async function awaitEvent(events: CoreEvent[], wanted: Partial<Record<string, unknown>>): Promise<CoreEvent> {
  const fits = (event: CoreEvent) =>
    Object.entries(wanted).every(([key, expected]) => (event as Record<string, unknown>)[key] === expected)
  const found = await until(() => events.find(fits), `event ${JSON.stringify(wanted)} in ${JSON.stringify(events)}`)
  return found
}

/** Looks every 5 ms, for 5 s at most. */
export async function until<T>(look: () => T | undefined | null | false, what: string): Promise<T> {
  for (const endMs = Date.now() + 5000; Date.now() < endMs; ) {
    const found = look()
    if (found) return found
    await new Promise(wake => setTimeout(wake, 5))
  }
  assert.fail(`waited 5 s for ${what}`)
}

export function value<T>(result: Result<T>): T {
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

export function failure(result: Result<unknown>) {
  assert.ok(!result.ok, JSON.stringify(result))
  return result.error
}

export const startTicks = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? ''

/** A zombie is dead: only its parent has not asked yet. */
export const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** A process that does nothing; killed with the test. */
export async function sleeper(t: TestContext): Promise<ChildProcess & { pid: number }> {
  return command(t, 'sleep', '60')
}

export async function command(
  t: TestContext,
  name: string,
  ...args: string[]
): Promise<ChildProcess & { pid: number }> {
  const child = spawn(name, args, { stdio: 'ignore' })
  await once(child, 'spawn')
  t.after(() => void child.kill('SIGKILL'))
  return child as ChildProcess & { pid: number }
}

export const cgroupDir = (lab: CoreLab, controller: string, containerId: string): string =>
  `/sys/fs/cgroup/${controller}/reconcile-${lab.rootId}/${containerId}`

export const cgroupFile = (lab: CoreLab, controller: string, containerId: string, file: string): string =>
  readFileSync(join(cgroupDir(lab, controller, containerId), file), 'utf8').trim()

/** Cgroups as a start makes them, for tests without a container. */
export function makeCgroups(lab: CoreLab): string {
  const containerId = lab.newContainerId()
  for (const controller of controllers) mkdirSync(cgroupDir(lab, controller, containerId), { recursive: true })
  for (const dir of [cgroupDir(lab, 'cpuset', ''), cgroupDir(lab, 'cpuset', containerId)])
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      writeFileSync(join(dir, file), readFileSync(join('/sys/fs/cgroup/cpuset', file)))
  return containerId
}

export const nothingIsLeft = (lab: CoreLab, containerId: string): void => {
  for (const controller of [...controllers, 'cpuacct', 'devices', 'systemd', 'unified'])
    assert.ok(!existsSync(cgroupDir(lab, controller, '')), `${controller} cgroup of the root is left`)
  assert.ok(!existsSync(join(lab.runDir, containerId.slice(0, 16))), 'run directory is left')
}
