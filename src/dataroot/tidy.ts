import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import { listContainers, repairRecords, sweepRemoved } from './containers.ts'
import { attempt, ifPresent } from './io.ts'
import { containerPaths, isContainerId } from './paths.ts'
import type { DataRootPaths } from './paths.ts'

/**
 * What a changing command does first, under the pass lock: restores unreadable records, finishes what a crash left half
 * removed. Gives one sentence for each record that was touched.
 */
export async function tidyRoot(paths: DataRootPaths, nowMs: number): Promise<Result<readonly string[]>> {
  const listed = listContainers(paths)
  if (!listed.ok) return listed
  const repaired = repairRecords(paths, listed.value.torn, nowMs)
  if (!repaired.ok) return repaired
  const forgotten = attempt('remove', paths.recordCopies, () => forgetCopies(paths))
  if (!forgotten.ok) return forgotten
  const swept = await sweepRemoved(paths)
  return swept.ok ? ok(repaired.value) : swept
}

/** Second copies whose container is gone: a crash came between the two. */
function forgetCopies(paths: DataRootPaths): void {
  for (const name of ifPresent(() => readdirSync(paths.recordCopies)) ?? []) {
    const id = name.replace(/\.json$/, '')
    if (isContainerId(id) && existsSync(containerPaths(paths, id).dir)) continue
    rmSync(join(paths.recordCopies, name), { force: true })
  }
}
