import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { listContainers, sweepRemoved } from './containers.ts'
import { attempt, ifPresent } from '../files/io.ts'
import { containerPaths, isContainerId } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { repairRecords, restoreDirectories, restoreDockerFiles } from './repair.ts'
import type { FoundRun } from './repair.ts'
import { removeTemporaries } from './temporaries.ts'

/**
 * What a changing command does first, under the pass lock: restores unreadable records and what was deleted of containers
 * that run, finishes what a crash left half removed. Gives one sentence for each container that was touched.
 */
export async function tidyRoot(
  paths: DataRootPaths,
  runs: readonly FoundRun[],
  nowMs: number,
): Promise<Result<readonly string[]>> {
  const listed = listContainers(paths)
  if (!listed.ok) return listed
  const repaired = repairRecords(paths, listed.value.torn, runs, nowMs)
  if (!repaired.ok) return repaired
  const restored = restoreDirectories(paths, runs)
  if (!restored.ok) return restored
  const shown = restoreDockerFiles(paths, listed.value.records)
  if (!shown.ok) return shown
  const alive = new Set(runs.map(({ id }) => id))
  const forgotten = attempt('remove', paths.recordCopies, () => {
    forgetCopies(paths, alive)
    const { records, torn } = listed.value
    const unreadable = torn.filter(({ kind }) => kind === 'unreadable')
    removeTemporaries(paths, [...records.map(({ record }) => record.id), ...unreadable.map(({ id }) => id)])
  })
  if (!forgotten.ok) return forgotten
  const swept = await sweepRemoved(paths)
  return swept.ok ? ok([...repaired.value, ...restored.value]) : swept
}

/** Second copies whose container is gone: a crash came between the two. */
function forgetCopies(paths: DataRootPaths, alive: ReadonlySet<string>): void {
  for (const name of ifPresent(() => readdirSync(paths.recordCopies)) ?? []) {
    const id = name.replace(/\.json$/, '')
    if (isContainerId(id) && (alive.has(id) || existsSync(containerPaths(paths, id).dir))) continue
    rmSync(join(paths.recordCopies, name), { force: true })
  }
}
