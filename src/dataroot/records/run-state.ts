import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import type { RunState } from '../../model/record.ts'
import { errnoOf, ifPresent } from '../files/io.ts'
import { containerRunDir, rootRunDir } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { runStateShape } from './record-shape.ts'
import { readStateFile } from '../files/state-file.ts'

/** The shim's `state` of a container that runs; `known(null)`: no run, or a start that has not come so far. */
export function readRunState(paths: DataRootPaths, rootId: string, id: string): Known<RunState | null> {
  const path = join(containerRunDir(paths, rootId, id), 'state')
  const state = readStateFile(path, runStateShape)
  if (!state.known || state.value === null) return state
  if (state.value.containerId !== id) return unknown(`${path}: of another container, ${state.value.containerId}`)
  if (state.value.rootId !== rootId) return unknown(`${path}: of another data-root, ${state.value.rootId}`)
  return state
}

/** The names of the run directories: the first 16 digits of each running container's id. */
export function listRunDirs(paths: DataRootPaths, rootId: string): Known<readonly string[]> {
  const directory = rootRunDir(paths, rootId)
  try {
    return known((ifPresent(() => readdirSync(directory)) ?? []).filter(name => /^[0-9a-f]{16}$/.test(name)).sort())
  } catch (error) {
    if (errnoOf(error) === null) throw error
    return unknown(`${directory}: ${errnoOf(error)}`)
  }
}
