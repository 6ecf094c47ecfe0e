import { join } from 'node:path'
import { fail, known, ok, unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import { failure } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { chainIdOf, hexOf, isDigest, isHex, mostLayers } from './digest.ts'
import { readSmallText } from './read-bytes.ts'

/** A layer that is whole: `layerdb/sha256/<chain id>/`, which appears by one rename. */
export type StoredLayer = {
  readonly chainId: string
  readonly diffId: string
  /** the ChainID of what it lies on; null for a base layer */
  readonly parent: string | null
  readonly sizeBytes: number
  /** its directory in `overlay2/` or `vfs/dir/` */
  readonly cacheId: string
}

export const layerEntryDir = (at: ImagePaths, chainId: string): string => join(at.layers, hexOf(chainId))
export const tarSplitFile = (at: ImagePaths, chainId: string): string =>
  join(layerEntryDir(at, chainId), 'tar-split.json.gz')

/** One layer's entry, checked against its own name; `known(null)`: there is none. */
export function readLayer(at: ImagePaths, chainId: string): Known<StoredLayer | null> {
  const dir = layerEntryDir(at, chainId)
  const texts: Record<string, string | null> = {}
  for (const name of ['diff', 'size', 'cache-id', 'parent']) {
    const text = readSmallText(join(dir, name))
    if (!text.known) return text
    texts[name] = text.value
  }
  const [diffId, size, cacheId, parent] = [texts['diff'], texts['size'], texts['cache-id'], texts['parent'] ?? null]
  if (diffId == null && size == null && cacheId == null && parent === null) return known(null)
  const wrong = (name: string, what: string) => unknown(`${join(dir, name)}: ${what}`)
  if (!isDigest(diffId)) return wrong('diff', 'not a digest')
  if (parent !== null && !isDigest(parent)) return wrong('parent', 'not a digest')
  if (typeof size !== 'string' || !/^\d{1,16}$/.test(size)) return wrong('size', 'not a number')
  if (typeof cacheId !== 'string' || !isHex(cacheId)) return wrong('cache-id', 'not a layer id')
  if (chainIdOf(parent, diffId) !== chainId) return wrong('diff', `with its parent it belongs to another layer`)
  return known({ chainId, diffId, parent, sizeBytes: Number(size), cacheId })
}

/** A layer and those below it, the base first. E_STATE names the one that is missing or damaged. */
export function readChain(at: ImagePaths, top: string | null): Result<readonly StoredLayer[]> {
  const chain: StoredLayer[] = []
  for (let chainId = top; chainId !== null; ) {
    const layer = readLayer(at, chainId)
    const dir = layerEntryDir(at, chainId)
    if (!layer.known) return fail(failure('E_STATE', layer.why, dir))
    if (layer.value === null) return fail(failure('E_STATE', `layer ${chainId} is not here`, dir))
    if (chain.length === mostLayers) {
      return fail(failure('E_STATE', `more than ${mostLayers} layers lie on one another`, dir))
    }
    chain.push(layer.value)
    chainId = layer.value.parent
  }
  return ok(chain.reverse())
}
