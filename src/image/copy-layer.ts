import { readdirSync } from 'node:fs'
import { isHex } from '../dataroot/images/digest.ts'
import { readLayer, tarSplitFile } from '../dataroot/images/layer-entry.ts'
import type { StoredLayer } from '../dataroot/images/layer-entry.ts'
import { layerFiles } from '../dataroot/images/layer-tree.ts'
import { hasLayer } from '../dataroot/images/register-layer.ts'
import { unpackedLayers } from '../dataroot/images/staged-layer.ts'
import type { StagedLayer } from '../dataroot/images/staged-layer.ts'
import type { ImagePaths } from '../dataroot/layout/paths.ts'
import { TransferError, trouble } from '../registry/http/trouble.ts'
import { maxLayerBytes } from '../runtime/layers.ts'
import type { AssembleRequest, Assembling } from '../runtime/layers.ts'
import type { ImageDeps } from './deps.ts'
import { pump } from './pump.ts'

/** Layers of the same content, which need not be fetched: on their way into the stores, or there, on other layers. */
export function* twins(at: ImagePaths, diffId: string): Generator<AssembleRequest> {
  for (const { diff, tarSplit } of unpackedLayers(at, diffId)) yield { dir: diff, tarSplit, diffId }
  for (const hex of readdirSync(at.layers).filter(isHex)) {
    const layer = readLayer(at, `sha256:${hex}`)
    const isTwin = layer.known && layer.value?.diffId === diffId && hasLayer(at, layer.value.chainId)
    if (isTwin) yield filesOf(at, layer.value)
  }
}

/** Fills a staged layer from one that is here, every byte of its archive verified. */
export function copyLayer(deps: ImageDeps, from: AssembleRequest, staged: StagedLayer, signal: AbortSignal) {
  const request = {
    dir: staged.diff,
    tarSplit: staged.tarSplit,
    saveBlob: null,
    mediaType: null,
    maxBytes: maxLayerBytes,
    expect: { blobDigest: null, blobBytes: null, diffId: from.diffId },
    whole: staged.whole,
  }
  return pump(deps, request, () => tarOf(deps, from), signal)
}

/** A stored layer's tar stream; ends by a TransferError unless it is the layer's to the last byte. */
export const layerTar = (deps: Pick<ImageDeps, 'at' | 'core'>, layer: StoredLayer): AsyncGenerator<Uint8Array> =>
  tarOf(deps, filesOf(deps.at, layer))

const filesOf = (at: ImagePaths, { chainId, cacheId, diffId }: StoredLayer): AssembleRequest => ({
  dir: layerFiles(at, cacheId),
  tarSplit: tarSplitFile(at, chainId),
  diffId,
})

async function* tarOf({ core }: Pick<ImageDeps, 'core'>, files: AssembleRequest): AsyncGenerator<Uint8Array> {
  const assembling: Assembling = core.assemble(files)
  try {
    for await (const piece of assembling.stream) yield piece as Uint8Array
  } finally {
    assembling.stream.destroy()
  }
  const done = await assembling.done
  if (!done.ok) throw new TransferError({ ...trouble(done.error.code, done.error.message), ...done.error })
}
