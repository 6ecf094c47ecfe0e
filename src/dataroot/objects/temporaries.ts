import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'

/**
 * Removes what was being written when a process was killed, where files are replaced under the pass lock. `ids`: containers
 * of ours. Throws system errors.
 */
export function removeTemporaries(paths: DataRootPaths, ids: readonly string[]): void {
  const volumes = ifPresent(() => readdirSync(paths.volumes, { withFileTypes: true })) ?? []
  const directories = [
    paths.own,
    paths.watchers,
    paths.volumes,
    ...volumes.filter(entry => entry.isDirectory()).map(({ name }) => join(paths.volumes, name)),
    ...ids.map(id => containerPaths(paths, id).dir),
  ]
  for (const directory of directories) {
    const names = (ifPresent(() => readdirSync(directory)) ?? []).filter(name => name.startsWith('.tmp-'))
    for (const name of names) rmSync(join(directory, name), { force: true })
  }
}
