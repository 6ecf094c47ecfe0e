import type { Readable } from 'node:stream'
import { digestOf } from '../dataroot/images/digest.ts'
import { mostConfigBytes, parseImageConfig } from '../dataroot/images/image-config.ts'
import { createImage } from '../dataroot/images/image-entry.ts'
import { putReferences } from '../dataroot/images/references.ts'
import { discardStaged, stageLayer } from '../dataroot/images/staged-layer.ts'
import { fail, ok } from '../model/errors.ts'
import type { Failure, Result } from '../model/errors.ts'
import { familiarText } from '../model/reference.ts'
import { maxLayerBytes } from '../runtime/layers.ts'
import { shown } from './archive/archive.ts'
import type { Archive } from './archive/archive.ts'
import type { ArchivedImage } from './archive/archived-image.ts'
import { readDockerArchive } from './archive/docker-archive.ts'
import { openArchive } from './archive/open-archive.ts'
import { layoutFile, readOciLayout } from './archive/oci-layout.ts'
import type { LayoutOptions } from './archive/oci-layout.ts'
import { notForHere } from './check-config.ts'
import { counted } from './counted.ts'
import type { ImageDeps, OnProgress } from './deps.ts'
import { usingLayers } from './layers-in-use.ts'
import { withStores } from './locks.ts'
import { nameRefusal, storedName } from './names.ts'
import { placeLayers } from './place-layers.ts'
import type { WantedLayer } from './place-layers.ts'
import { pump } from './pump.ts'

export type Loaded = { readonly imageId: string; readonly names: readonly string[] }

/** Brings the images of an archive here: of `docker save`, or an OCI layout, each a directory or a tar file. */
export function loadArchive(
  deps: ImageDeps,
  from: { readonly path: string } | { readonly stream: Readable },
  options: LayoutOptions,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<readonly Loaded[]>> {
  return usingLayers(deps, signal, async () => {
    // a name that tells the process, as a layer's: what a killed one leaves is known as litter
    const scratch = stageLayer(deps.at, deps.owner, null)
    if (!scratch.ok) return scratch
    try {
      const archive = await openArchive(from, scratch.value.dir, signal)
      if (!archive.ok) return archive
      try {
        return await loadImages(deps, archive.value, 'path' in from ? from.path : 'the input', options, {
          onProgress,
          signal,
        })
      } finally {
        await archive.value.close()
      }
    } finally {
      await discardStaged(scratch.value)
    }
  })
}

async function loadImages(
  deps: ImageDeps,
  archive: Archive,
  from: string,
  options: LayoutOptions,
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<Result<readonly Loaded[]>> {
  const images = await describe(archive, options)
  if (!images.ok) return fail({ ...images.error, message: `${from}: ${images.error.message}` })
  const loaded: Loaded[] = []
  for (const image of images.value) {
    const one = await loadImage(deps, archive, image, onProgress, signal)
    if (!one.ok) return fail(ofImage(one.error, image))
    loaded.push(one.value)
  }
  return ok(loaded)
}

/** Newer archives of `docker save` are layouts too; their manifest.json knows all names. */
async function describe(archive: Archive, options: LayoutOptions): Promise<Result<readonly ArchivedImage[]>> {
  if ((await archive.sizeBytes('manifest.json')) !== null) return await readDockerArchive(archive)
  if ((await archive.sizeBytes('index.json')) !== null && (await archive.sizeBytes(layoutFile)) !== null) {
    return await readOciLayout(archive, options)
  }
  return fail({
    code: 'E_SPEC',
    message: 'no archive of images: it holds neither manifest.json (`docker save`) nor index.json with oci-layout',
  })
}

const ofImage = (error: Failure, { tags, configName }: ArchivedImage): Failure => {
  const [tag] = tags
  return { ...error, message: `${tag === undefined ? shown(configName) : familiarText(tag)}: ${error.message}` }
}

async function loadImage(
  deps: ImageDeps,
  archive: Archive,
  image: ArchivedImage,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<Loaded>> {
  const refusal = image.tags.map(nameRefusal).find(one => one !== null)
  if (refusal !== undefined) return fail(refusal)
  const config = await archive.read(image.configName, mostConfigBytes)
  if (!config.ok) return config
  if (image.configDigest !== null && digestOf(config.value) !== image.configDigest) {
    return fail({ code: 'E_DIGEST', message: `configuration ${image.configDigest}: its digest is another one` })
  }
  const parsed = parseImageConfig(config.value)
  if (!parsed.ok) return parsed
  const problem = notForHere(parsed.value, image.layers.length)
  if (problem !== null) return fail(problem)
  const wanted: WantedLayer[] = []
  for (const [i, layer] of image.layers.entries()) {
    const sizeBytes = await archive.sizeBytes(layer.name)
    if (sizeBytes === null) {
      return fail({ code: 'E_SPEC', message: `the archive has no file ${shown(layer.name)}, layer ${i + 1}` })
    }
    wanted.push(archivedLayer(deps, archive, layer, { diffId: parsed.value.diffIds[i] ?? '', sizeBytes }))
  }
  const placed = await placeLayers(deps, wanted, onProgress, signal)
  if (!placed.ok) return placed
  const names = image.tags.map(storedName)
  return await withStores(deps, signal, () => {
    const created = createImage(deps.at, config.value)
    if (!created.ok) return created
    const { imageId } = created.value
    const put = putReferences(deps.at, names, imageId)
    return put.ok ? ok({ imageId, names: names.map(({ reference }) => reference) }) : put
  })
}

function archivedLayer(
  deps: ImageDeps,
  archive: Archive,
  { name, digest, mediaType }: ArchivedImage['layers'][number],
  { diffId, sizeBytes }: { readonly diffId: string; readonly sizeBytes: number },
): WantedLayer {
  return {
    diffId,
    name: digest ?? diffId,
    totalBytes: sizeBytes,
    fill: async (staged, signal, onBytes) => {
      const request = {
        dir: staged.diff,
        tarSplit: staged.tarSplit,
        saveBlob: null,
        mediaType,
        maxBytes: maxLayerBytes,
        expect: { blobDigest: digest, blobBytes: sizeBytes, diffId },
        whole: staged.whole,
      }
      const filled = await pump(deps, request, () => counted(archive.stream(name), 0, onBytes), signal)
      return filled.ok ? filled : fail({ ...filled.error, message: `layer ${shown(name)}: ${filled.error.message}` })
    },
    beforeSync: () => {},
    settle: () => {},
  }
}
