import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { makeDirectory, moveDurably, syncDirectory } from '../files/atomic.ts'
import { attempt, failure } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { chainIdOf, hexOf, mostLayers } from './digest.ts'
import { writeHidden } from './hidden-file.ts'
import { layerEntryDir, readChain, readLayer, tarSplitFile } from './layer-entry.ts'
import type { StoredLayer } from './layer-entry.ts'
import { lowerOf, publishTree, shortNameOf, treeProblem } from './layer-tree.ts'
import { readSmallText } from './read-bytes.ts'
import type { StagedLayer } from './staged-layer.ts'

export type LayerFacts = {
  readonly diffId: string
  /** the ChainID of what it lies on, which is registered; null for a base layer */
  readonly parent: string | null
  /** of everything but directories, each inode once */
  readonly sizeBytes: number
}

/** True when the layer itself is whole: it needn't be fetched. Says nothing of the layers below its parent. */
export const hasLayer = (at: ImagePaths, chainId: string): boolean => wholeLayer(at, chainId) !== null

function wholeLayer(at: ImagePaths, chainId: string): StoredLayer | null {
  const layer = findLayer(at, chainId)
  if (layer === null || !existsSync(tarSplitFile(at, chainId))) return null
  const below = layer.parent === null ? null : findLayer(at, layer.parent)
  if (layer.parent !== null && below === null) return null
  return treeProblem(at, layer.cacheId, below?.cacheId ?? null) === null ? layer : null
}

/**
 * Makes an unpacked layer one that images can use: first its directory, then, by one rename, its entry.
 * The caller has verified the DiffID and brought `diff` and `tarSplit` to the disk, and holds the stores' lock. A layer
 * that is there already stays, and the staged one is left to `discardStaged`; a damaged one is replaced.
 */
export function registerLayer(at: ImagePaths, staged: StagedLayer, facts: LayerFacts): Result<StoredLayer> {
  const chainId = chainIdOf(facts.parent, facts.diffId)
  const there = wholeLayer(at, chainId)
  if (there !== null) return ok(there)
  const below = readChain(at, facts.parent)
  if (!below.ok) return below
  if (below.value.length >= mostLayers) {
    return fail(failure('E_SPEC', `more than ${mostLayers} layers lie on one another`, staged.dir))
  }
  if (!lstatSync(staged.tarSplit, { throwIfNoEntry: false })?.isFile()) {
    return fail(failure('E_STATE', `${staged.tarSplit}: missing; the layer could never be saved`, staged.tarSplit))
  }
  const parent = below.value.at(-1) ?? null
  const lower = lowerOf(at, parent?.cacheId ?? null)
  if (!lower.known) return fail(failure('E_STATE', lower.why, staged.dir))
  return attempt('register', layerEntryDir(at, chainId), () => {
    const writeSet = writeEntry(at, staged, facts)
    const linkId = keptLinkId(at, chainId)
    chmodSync(staged.dir, 0o710)
    publishTree(at, staged.dir, {
      id: staged.cacheId,
      below: parent?.cacheId ?? null,
      lower: lower.value,
      ...(linkId === null ? {} : { linkId }),
    })
    retireEntry(at, chainId)
    renameSync(writeSet, layerEntryDir(at, chainId))
    syncDirectory(at.layers)
    return { chainId, ...facts, cacheId: staged.cacheId }
  })
}

function writeEntry(at: ImagePaths, staged: StagedLayer, facts: LayerFacts): string {
  const writeSet = join(at.layerTemporary, `write-set-${randomBytes(6).toString('hex')}`)
  makeDirectory(writeSet, 0o700)
  writeHidden(join(writeSet, 'diff'), facts.diffId, 0o644)
  writeHidden(join(writeSet, 'size'), `${facts.sizeBytes}`, 0o644)
  writeHidden(join(writeSet, 'cache-id'), staged.cacheId, 0o644)
  if (facts.parent !== null) writeHidden(join(writeSet, 'parent'), facts.parent, 0o644)
  chmodSync(staged.tarSplit, 0o644)
  renameSync(staged.tarSplit, join(writeSet, 'tar-split.json.gz'))
  syncDirectory(writeSet)
  return writeSet
}

/** The short name of the damaged layer that this one replaces: layers and containers above know it by that. */
function keptLinkId(at: ImagePaths, chainId: string): string | null {
  const cacheId = readSmallText(join(layerEntryDir(at, chainId), 'cache-id'))
  return cacheId.known && cacheId.value !== null ? shortNameOf(at, cacheId.value.trim()) : null
}

/** Takes an entry out of sight, under the name that an engine uses for what it removes; null if there is none. */
export function retireEntry(at: ImagePaths, chainId: string): string | null {
  const entry = layerEntryDir(at, chainId)
  if (!existsSync(entry)) return null
  const retired = join(at.layers, `${hexOf(chainId)}-${randomBytes(5).toString('hex')}-removing`)
  moveDurably(entry, retired)
  return retired
}

export function removeRetiredEntry(retired: string): void {
  rmSync(retired, { recursive: true, force: true })
}

/** The layer's entry, or null; damaged ones count as none. */
export function findLayer(at: ImagePaths, chainId: string): StoredLayer | null {
  const layer = readLayer(at, chainId)
  return layer.known ? layer.value : null
}
