import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { readDockerState } from '../../src/dataroot/docker/state.ts'
import { normalise } from '../../src/model/limits.ts'
import type { ObservedContainer } from '../../src/model/observed.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { parentCgroup } from '../../src/observe/cgroup-places.ts'
import type { RealHost } from '../support/real-host.ts'

/** Nothing is on this host but what the desired state asks for, and all of that is as it asks. */
export async function assertSettled(host: RealHost, { desired, observed }: Outcome, where: string): Promise<void> {
  const { paths, rootId } = host.deps
  const ids = observed.containers.map(({ id }) => id)
  assert.equal(ids.length, desired.containers.length, where)
  const running = observed.containers.filter(({ phase }) => phase.known && phase.value.phase === 'running')
  const wanted = desired.containers.filter(({ state }) => state === 'running')
  assert.equal(running.length, wanted.length, where)
  for (const container of running) {
    assertAsDeclared(container, { desired, observed }, where)
    const word = /echo (\w+)/.exec(container.declaration.spec.command.join(' '))?.[1] ?? ''
    await eventually(() => [lastWord(host, container)], [word], `what it wrote, ${where}`)
  }
  assertOnDisk(host, observed.containers, where)
  const runs = running.map(({ id }) => id)
  await eventually(
    () => names(`${paths.run}/${rootId}`),
    runs.map(id => id.slice(0, 16)),
    `runs, ${where}`,
  )
  const mounts = readCgroupMounts('/proc')
  for (const mount of Object.values(mounts.controllers)) {
    const parent = `${mount}/${parentCgroup(mounts, rootId)}`
    await eventually(() => directories(parent), runs, `${parent}, ${where}`)
  }
}

function assertAsDeclared(
  container: ObservedContainer,
  { desired, observed }: Pick<Outcome, 'desired' | 'observed'>,
  where: string,
) {
  const declared = desired.containers[0]
  assert.equal(container.declaration.digest, declared?.digest, where)
  assert.ok(declared)
  const { limits } = normalise(declared.limits, observed.kernel)
  assert.deepEqual(container.recordedLimits, limits, where)
  assert.deepEqual(container.kernelLimits, { known: true, value: limits }, where)
}

function assertOnDisk({ deps: { paths } }: RealHost, containers: readonly ObservedContainer[], where: string): void {
  const ids = containers.map(({ id }) => id)
  assert.deepEqual(names(paths.containers), ids, where)
  assert.deepEqual(names(paths.layers), ids, where)
  assert.deepEqual(
    names(paths.recordCopies),
    ids.map(id => `${id}.json`),
    where,
  )
  assert.deepEqual([...names(paths.staging), ...names(paths.removed)], [], where)
  const volumes = new Set(['named', ...containers.flatMap(({ anonymousVolumes }) => Object.values(anonymousVolumes))])
  assert.deepEqual(
    directories(paths.volumes).filter(name => !volumes.has(name)),
    [],
    where,
  )
  for (const container of containers) {
    for (const volume of volumes) assert.ok(existsSync(`${paths.volumes}/${volume}/_data`), `${volume}, ${where}`)
    assertDockerState(container, readDockerState(paths, container.id), where)
  }
}

/** A run that no pass lived to record is not in Docker's files before its end. */
function assertDockerState(
  { phase, exitRecorded }: ObservedContainer,
  state: ReturnType<typeof readDockerState>,
  where: string,
) {
  assert.ok(state.known && state.value !== null, where)
  assert.ok(exitRecorded, where)
  if (phase.known && phase.value.phase === 'exited') assert.equal(state.value.status, 'exited', where)
}

/** What the payload's script wrote last into its anonymous volume. */
function lastWord({ deps: { paths } }: RealHost, { anonymousVolumes }: ObservedContainer): string {
  const file = `${paths.volumes}/${anonymousVolumes['/anonymous']}/_data/words`
  return existsSync(file) ? (readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '') : ''
}

const names = (path: string): string[] => (existsSync(path) ? readdirSync(path).sort() : [])
const directories = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
        .sort()
    : []

/** An ended shim takes a moment to remove what is left of its run. */
async function eventually(look: () => readonly string[], expected: readonly string[], where: string): Promise<void> {
  for (const endMs = Date.now() + 3000; `${look()}` !== `${expected}` && Date.now() < endMs; ) await setTimeout(5)
  assert.deepEqual(look(), expected, where)
}
