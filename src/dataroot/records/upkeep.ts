import type { Result } from '../../model/errors.ts'
import type { RunFacts } from '../../model/run-facts.ts'
import { type Heals, noUpkeep, type Upkeep } from '../../model/upkeep.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import { containerPaths, type DataRootPaths } from '../layout/paths.ts'
import {
  count,
  flag,
  list,
  mapOf,
  matching,
  nullable,
  object,
  optional,
  text,
  versionOne,
  whole,
} from '../files/shape.ts'
import type { Shape } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'

const facts = object<RunFacts>({
  namespaces: mapOf(text),
  uid: count,
  capabilities: matching(/^[0-9a-f]{1,16}$/, 'a mask in hexadecimal digits'),
  noNewPrivileges: flag,
  ulimits: mapOf(object<RunFacts['ulimits'][string]>({ soft: whole, hard: whole })),
  oomScoreAdj: nullable(whole),
  fileSystems: optional(mapOf(text)),
})

const upkeepShape: Shape<Upkeep> = object({
  version: versionOne,
  run: nullable(
    object<NonNullable<Upkeep['run']>>({
      process: object<NonNullable<Upkeep['run']>['process']>({ pid: count, startTicks: text, bootId: text }),
      facts,
    }),
  ),
  heals: mapOf(object<Heals>({ atMs: list(count), parked: count })),
})

/** What can't be read is as good as nothing: it is learned anew. */
export function readUpkeep(paths: DataRootPaths, id: string): Upkeep {
  const read = readStateFile(containerPaths(paths, id).upkeep, upkeepShape)
  return (read.known ? read.value : null) ?? noUpkeep
}

/** Without waiting for the disk. */
export function writeUpkeep(paths: DataRootPaths, id: string, upkeep: Upkeep): Result<void> {
  const { upkeep: path } = containerPaths(paths, id)
  return attempt('write', path, () => replaceFile(path, `${JSON.stringify(upkeep)}\n`, 0o600, false))
}
