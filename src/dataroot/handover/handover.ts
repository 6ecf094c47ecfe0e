import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import { readVolumeRows } from '../bbolt/volume-rows.ts'
import { readReferences } from '../images/references.ts'
import { readBytes } from '../images/read-bytes.ts'
import { attempt, ifPresent } from '../files/io.ts'
import { readForeign } from './container.ts'
import type { ForeignContainer } from './container.ts'
import { imagePaths, isContainerId } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'

/** What a stock dockerd would make of this data-root (docker-data-root §9). */
export type Handover = {
  /** it would not start at all */
  readonly blockers: readonly string[]
  readonly containers: readonly ForeignContainer[]
}

const mostBytes = 16 * 1024 * 1024

/** Reads what dockerd reads when it starts, by its rules. Changes nothing. */
export function checkHandover(paths: DataRootPaths): Result<Handover> {
  return attempt('check', paths.root, () => {
    const at = imagePaths(paths)
    const references = readReferences(at)
    const rows = readVolumeRows(paths.metadataDb)
    const names = new Set<string>()
    const containers = namesIn(paths.containers)
      .filter(isContainerId)
      .map(id => readForeign(paths, at, id, names))
    return {
      blockers: [
        ...(references.known ? [] : [references.why]),
        ...(rows.ok ? [] : [rows.error.message]),
        ...volumeBlockers(paths),
        ...containers.flatMap(({ blocker }) => (blocker === null ? [] : [blocker])),
      ],
      containers,
    }
  })
}

/** An engine reads the options of each volume, and ends at one that it can't read. */
function volumeBlockers({ volumes }: DataRootPaths): string[] {
  return namesIn(volumes).flatMap(name => {
    const path = join(volumes, name, 'opts.json')
    if (!existsSync(path)) return []
    const bytes = readBytes(path, mostBytes)
    if (!bytes.known) return [bytes.why]
    try {
      JSON.parse(bytes.value?.toString() ?? '')
      return []
    } catch {
      return [`${path}: not JSON, or cut off`]
    }
  })
}

const namesIn = (path: string): string[] =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ? (ifPresent(() => readdirSync(path)) ?? []).sort() : []
