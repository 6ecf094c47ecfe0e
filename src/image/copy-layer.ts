import { readdirSync } from 'node:fs'
import { isHex } from '../dataroot/images/digest.ts'
import { readLayer, tarSplitFile } from '../dataroot/images/layer-entry.ts'
import type { StoredLayer } from '../dataroot/images/layer-entry.ts'
import { layerFiles } from '../dataroot/images/layer-tree.ts'
import { hasLayer } from '../dataroot/images/register-layer.ts'
import type { StagedLayer } from '../dataroot/images/staged-layer.ts'
import type { ImagePaths } from '../dataroot/paths.ts'
import { TransferError, trouble } from '../registry/trouble.ts'
import { maxLayerBytes } from '../runtime/layers.ts'
import type { Assembling } from '../runtime/layers.ts'
import type { ImageDeps } from './deps.ts'
import { pump } from './pump.ts'

/** A layer of the same content that lies on other layers; null: none. */
export function layerWithDiff(at: ImagePaths, diffId: string): StoredLayer | null {
  for (const hex of readdirSync(at.layers).filter(isHex)) {
    const layer = readLayer(at, `sha256:${hex}`)
    if (layer.known && layer.value?.diffId === diffId && hasLayer(at, layer.value.chainId)) return layer.value
  }
  return null
}

/** Fills a staged layer from one that is here, every byte of its archive verified. */
export function copyLayer(deps: ImageDeps, from: StoredLayer, staged: StagedLayer, signal: AbortSignal) {
  const request = {
    dir: staged.diff,
    tarSplit: staged.tarSplit,
    saveBlob: null,
    mediaType: null,
    maxBytes: maxLayerBytes,
    expect: { blobDigest: null, blobBytes: null, diffId: from.diffId },
    sync: true,
    whole: staged.whole,
  }
  return pump(deps, request, () => layerTar(deps, from), signal)
}

/** A stored layer's tar stream; ends by a TransferError unless it is the layer's to the last byte. */
export async function* layerTar(
  { at, core }: Pick<ImageDeps, 'at' | 'core'>,
  { chainId, cacheId, diffId }: StoredLayer,
): AsyncGenerator<Uint8Array> {
  const assembling: Assembling = core.assemble({
    dir: layerFiles(at, cacheId),
    tarSplit: tarSplitFile(at, chainId),
    diffId,
  })
  try {
    for await (const piece of assembling.stream) yield piece as Uint8Array
  } finally {
    assembling.stream.destroy()
  }
  const done = await assembling.done
  if (!done.ok) throw new TransferError({ ...trouble(done.error.code, done.error.message), ...done.error })
}
