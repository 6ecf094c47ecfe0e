import { globSync, existsSync, readdirSync } from 'node:fs'
import { readVolumeRows } from '../../../src/dataroot/bbolt/volume-rows.ts'
import { layerFiles } from '../../../src/dataroot/images/layer-tree.ts'
import { listStores } from '../../../src/dataroot/images/list-stores.ts'
import { hostCommand } from '../../support/host-command.ts'
import { value } from '../../support/registry-client.ts'
import type { Stage } from './stage.ts'

/** Ids and random parts of names, which differ from run to run. */
const nameless = (line: string) =>
  line
    .replaceAll(/[0-9a-f]{64}/g, '*')
    .replaceAll(/\b[A-Z2-7]{26}\b/g, '*')
    .replaceAll(/\b[0-9a-f]{12,32}\b/g, '*')

/** Where a layer's blob came from: a cache, which a kill may cost an entry. */
const isCached = (line: string) => /\/(distribution|blob-facts)\/.*\*$/.test(line)

/** Every name below the data-root with its type and mode, and the volumes that an engine knows; sorted. */
export function census({ lab, paths }: Stage): string[] {
  const names = hostCommand('find', lab.root, '-printf', '%y %m %P\n').split('\n')
  const rows = value(readVolumeRows(paths.metadataDb)).map(row => `row ${row.name}`)
  return [...names, ...rows]
    .map(nameless)
    .filter(line => !isCached(line))
    .sort()
}

/** What is on the disk of each layer, by its ChainID: every entry with owner, mode, size, time, links and attributes. */
export function layerTrees({ at }: Stage): ReadonlyMap<string, string> {
  const layers = [...value(listStores(at)).layers.values()]
  return new Map(
    layers.map(({ chainId, cacheId }) => {
      const diff = layerFiles(at, cacheId)
      // a directory's size is the file system's affair, and so is the time of the one that no entry names
      const entries = hostCommand('find', diff, '-mindepth', '1', '-printf', '%P %y %m %U:%G %n %T@ %l|%s\n')
        .split('\n')
        .map(line => (/^[^|]* d /.test(line) ? line.replace(/\|\d+$/, '') : line))
        // a whiteout has the time at which it was made
        .map(line => (/^\S+ c 0 /.test(line) ? line.replace(/ [\d.]+ \|0$/, '') : line))
        .sort()
      const attributes = hostCommand('getfattr', '-R', '-P', '-h', '-d', '-m', '-', '--absolute-names', diff)
      return [chainId, [...entries, attributes.replaceAll(diff, '')].join('\n')] as const
    }),
  )
}

/** What of this data-root is outside of it: runs, cgroups, mounts. */
export function outside(stage: Stage): string[] {
  const { lab } = stage
  const rootId = stage.rootId()
  const runs = `${lab.run}/${rootId}`
  return [
    ...(existsSync(runs) ? readdirSync(runs).map(name => `run ${name}`) : []),
    ...globSync(`/sys/fs/cgroup/{,*/}reconcile-${rootId}{,/*/}`).map(path => `cgroup ${path}`),
    ...hostCommand('cat', '/proc/self/mountinfo')
      .split('\n')
      .filter(line => line.includes(`${lab.root}/`))
      .map(line => `mount ${line}`),
  ].sort()
}
