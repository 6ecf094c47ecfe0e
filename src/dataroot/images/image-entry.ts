import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, known, ok, unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import type { ImageConfig } from '../../model/image-config.ts'
import { makeDirectory, replaceFile, syncDirectory } from '../files/atomic.ts'
import { timeText } from '../files/go-time.ts'
import { attempt, failure, ifPresent } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { chainIdsOf, digestOf, hexOf, isHex } from './digest.ts'
import { mostConfigBytes, parseImageConfig } from './image-config.ts'
import { readChain } from './layer-entry.ts'
import type { StoredLayer } from './layer-entry.ts'
import { readBytes } from './read-bytes.ts'
import { hasLayer } from './register-layer.ts'
import { readReferences } from './references.ts'

export type StoredImage = {
  readonly imageId: string
  readonly config: ImageConfig
  /** the exact bytes, whose digest is the image's id */
  readonly bytes: Buffer
}

/** One image's configuration, its digest verified; `known(null)`: there is none. */
export function readImage(at: ImagePaths, imageId: string): Known<StoredImage | null> {
  const path = join(at.configs, hexOf(imageId))
  const bytes = readBytes(path, mostConfigBytes)
  if (!bytes.known) return bytes
  if (bytes.value === null) return known(null)
  if (digestOf(bytes.value) !== imageId) return unknown(`${path}: damaged, its digest is another one`)
  const config = parseImageConfig(bytes.value)
  return config.ok ? known({ imageId, config: config.value, bytes: bytes.value }) : unknown(config.error.message)
}

/** The ids of all images, readable or not, sorted. */
export const imageIds = (at: ImagePaths): string[] =>
  (ifPresent(() => readdirSync(at.configs)) ?? [])
    .filter(isHex)
    .sort()
    .map(hex => `sha256:${hex}`)

/** Puts an image into the store once all its layers are registered; its names follow (`putReferences`). */
export function createImage(at: ImagePaths, bytes: Uint8Array): Result<StoredImage> {
  const config = parseImageConfig(bytes)
  if (!config.ok) return config
  const imageId = digestOf(bytes)
  const path = join(at.configs, hexOf(imageId))
  const missing = chainIdsOf(config.value.diffIds).find(chainId => !hasLayer(at, chainId))
  if (missing !== undefined) return fail(failure('E_STATE', `layer ${missing} of ${imageId} is not here`, path))
  return attempt('write', path, () => {
    const there = readImage(at, imageId)
    if (!there.known || there.value === null) replaceFile(path, bytes, 0o600)
    return { imageId, config: config.value, bytes: Buffer.from(bytes) }
  })
}

/** Notes when an image got a name by hand, as `docker tag` does. */
export function noteTagged(at: ImagePaths, imageId: string, nowMs: number): Result<void> {
  const dir = join(at.metadata, hexOf(imageId))
  return attempt('write', dir, () => {
    makeDirectory(dir, 0o700)
    replaceFile(join(dir, 'lastUpdated'), timeText(nowMs), 0o600)
  })
}

/** Removes an image that no name leads to; its layers stay until `removeLayer`. May be repeated after a crash. */
export function removeImage(at: ImagePaths, imageId: string): Result<void> {
  const references = readReferences(at)
  if (!references.known) return fail(failure('E_STATE', references.why, at.references))
  const name = references.value.find(reference => reference.imageId === imageId)
  const path = join(at.configs, hexOf(imageId))
  if (name !== undefined) return fail(failure('E_BUSY', `image ${imageId} is still named ${name.reference}`, path))
  return attempt('remove', path, () => {
    rmSync(path, { force: true })
    syncDirectory(at.configs)
    const metadata = join(at.metadata, hexOf(imageId))
    if (existsSync(metadata)) rmSync(metadata, { recursive: true, force: true })
  })
}

/** The layers of an image, the base first; E_STATE where the image or a layer is missing or damaged. */
export function imageLayers(at: ImagePaths, imageId: string): Result<readonly StoredLayer[]> {
  const path = join(at.configs, hexOf(imageId))
  const image = readImage(at, imageId)
  if (!image.known) return fail(failure('E_STATE', image.why, path))
  if (image.value === null) return fail(failure('E_STATE', `image ${imageId} is not here`, path))
  const top = chainIdsOf(image.value.config.diffIds).at(-1)
  return top === undefined ? ok([]) : readChain(at, top)
}
