import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import type { ProcessIdentity } from '../../model/identity.ts'
import { makeDirectory } from '../files/atomic.ts'
import { attempt, attemptAsync, ifPresent } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { removeTree } from '../files/remove-tree.ts'
import { isProcessAlive } from '../records/process-identity.ts'
import { stagedForContainers } from './container-names.ts'
import { hexOf, newLayerId } from './digest.ts'
import { layerFiles } from './layer-tree.ts'

/** A layer on its way: nothing sees it until it is registered. On the same file system as the stores. */
export type StagedLayer = {
  readonly cacheId: string
  readonly dir: string
  /** empty, 0755: the layer's entries go here */
  readonly diff: string
  /** to be written by whoever unpacks, last of all */
  readonly tarSplit: string
  /** with vfs: the files become all that the layer and those below show; null: what it hides is marked */
  readonly whole: { readonly below: string | null } | null
}

/**
 * Makes room for a layer on another one, whose directory's name is `below`. Its name tells the process that fills it, so
 * that a crash's litter is known as such, and what it will hold, so that it need not be fetched again.
 */
export function stageLayer(
  at: ImagePaths,
  owner: ProcessIdentity,
  below: string | null,
  diffId: string | null = null,
): Result<StagedLayer> {
  const cacheId = newLayerId()
  const { pid, startTicks, bootId } = owner
  const content = diffId === null ? '' : `-${hexOf(diffId)}`
  const dir = join(at.staging, `${pid}-${startTicks}-${bootId.replaceAll('-', '')}-${cacheId}${content}`)
  return attempt('make', dir, () => {
    makeDirectory(dir, 0o710)
    makeDirectory(join(dir, 'diff'), 0o755)
    const whole = at.driver === 'vfs' ? { below: below === null ? null : layerFiles(at, below) } : null
    return { cacheId, dir, diff: join(dir, 'diff'), tarSplit: tarSplitOf(dir), whole }
  })
}

/** Layers of this content that are unpacked, but not registered: just now, or because their process was killed. */
export const unpackedLayers = (at: ImagePaths, diffId: string): Pick<StagedLayer, 'diff' | 'tarSplit'>[] =>
  (ifPresent(() => readdirSync(at.staging)) ?? [])
    .filter(name => name.endsWith(`-${hexOf(diffId)}`) && isUnpacked(at, name))
    .map(name => ({ diff: join(at.staging, name, 'diff'), tarSplit: tarSplitOf(join(at.staging, name)) }))

/** A staged layer by its name. */
export const isUnpacked = (at: ImagePaths, name: string): boolean => existsSync(tarSplitOf(join(at.staging, name)))

const tarSplitOf = (dir: string) => join(dir, 'tar-split.json.gz')

/** Removes a staged layer that isn't wanted, or its rest; one that was registered has none. */
export const discardStaged = (staged: StagedLayer): Promise<Result<void>> =>
  attemptAsync('remove', staged.dir, () => removeTree(staged.dir))

/** Staged layers whose process or container is gone. */
export function abandonedLayers(at: ImagePaths, procRoot = '/proc'): string[] {
  const names = ifPresent(() => readdirSync(at.staging)) ?? []
  const ofContainers = names.some(name => name.startsWith('container-')) ? stagedForContainers(at) : new Set()
  return names.filter(name => {
    if (ofContainers.has(name)) return false
    const [, pid, startTicks, boot] = /^(\d+)-(\d+)-([0-9a-f]{32})-[0-9a-f]{64}(?:-[0-9a-f]{64})?$/.exec(name) ?? []
    if (pid === undefined || startTicks === undefined || boot === undefined) return true
    const bootId = boot.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    return !isProcessAlive({ pid: Number(pid), startTicks, bootId }, procRoot)
  })
}

/** Room for another try, after one that has left nothing. */
export const emptyStaged = ({ dir, diff, tarSplit }: StagedLayer): Promise<Result<void>> =>
  attemptAsync('make', dir, async () => {
    await removeTree(diff)
    await removeTree(tarSplit)
    makeDirectory(diff, 0o755)
  })
