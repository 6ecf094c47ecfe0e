import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../files/io.ts'
import type { DataRootPaths } from './paths.ts'

/** Directories in which a process that is gone tried an overlay; paths. The core names each by its process. */
export const abandonedProbes = ({ own }: Pick<DataRootPaths, 'own'>, procRoot = '/proc'): string[] =>
  (ifPresent(() => readdirSync(own)) ?? []).flatMap(name => {
    const pid = /^\.overlay-probe-(\d+)$/.exec(name)?.[1]
    return pid === undefined || existsSync(join(procRoot, pid)) ? [] : [join(own, name)]
  })
