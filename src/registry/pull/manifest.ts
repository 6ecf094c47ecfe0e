import { fail, ok } from '../../model/errors.ts'
import type { Descriptor, Platform } from '../../model/image.ts'
import { isDigest } from '../../model/reference.ts'
import type { Bounds } from '../http/bounds.ts'
import { configTypes, indexTypes, layerTypes, manifestTypes, schema1Types } from './media-types.ts'
import { trouble } from '../http/trouble.ts'
import type { Tried } from '../http/trouble.ts'

export type ImageManifest = {
  readonly kind: 'manifest'
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}
type IndexEntry = Descriptor & { readonly platform: Platform | null }
export type ImageIndex = {
  readonly kind: 'index'
  readonly mediaType: string
  /** without attestations */
  readonly entries: readonly IndexEntry[]
}

type Table = Readonly<Record<string, unknown>>

const largestSizeBytes = 2 ** 40

/**
 * Reads a verified manifest or index. `name` is the image's, for messages. Refused by name: schema 1, unknown media
 * types, and documents that two readers could understand as two things (CVE-2021-41190).
 */
export function readManifest(
  bytes: Uint8Array,
  contentType: string,
  name: string,
  bounds: Bounds,
): Tried<ImageManifest | ImageIndex> {
  const document = parseTable(bytes)
  if (document === null) return broken(name, 'is no JSON object')
  const told = typeof document['mediaType'] === 'string' ? document['mediaType'] : null
  const sent = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isGeneric =
    sent === '' || sent === 'application/json' || sent === 'application/octet-stream' || sent === 'text/plain'
  const mediaType = isGeneric ? (told ?? '') : sent
  if (schema1Types.includes(mediaType) || document['schemaVersion'] === 1) {
    return unsupported(
      name,
      `Docker image manifest version 2, schema 1 is not supported (${word(mediaType)}): push it again with a newer engine`,
    )
  }
  if (told !== null && told !== mediaType) {
    return broken(name, `is sent as ${word(mediaType)} and says of itself ${word(told)}`)
  }
  if (manifestTypes.includes(mediaType)) return imageManifest(document, mediaType, name, bounds)
  if (indexTypes.includes(mediaType)) return imageIndex(document, mediaType, name, bounds)
  return unsupported(name, `unsupported manifest media type ${word(mediaType)}`)
}

function imageManifest(document: Table, mediaType: string, name: string, bounds: Bounds): Tried<ImageManifest> {
  if ('manifests' in document) return broken(name, 'has both layers and manifests')
  const config = descriptor(document['config'])
  const listed = document['layers']
  if (config === null || !Array.isArray(listed)) return broken(name, 'names no configuration and layers')
  if (listed.length > bounds.layers) return broken(name, `has ${listed.length} layers, more than ${bounds.layers}`)
  if (!configTypes.includes(config.mediaType)) {
    return unsupported(name, `is no container image: its configuration is ${word(config.mediaType)}`)
  }
  if (config.sizeBytes > bounds.configBytes) return broken(name, `has a configuration of ${config.sizeBytes} bytes`)
  const layers: Descriptor[] = []
  for (const [index, value] of listed.entries()) {
    const layer = descriptor(value)
    if (layer === null) return broken(name, `layer ${index + 1} has no usable digest, size and media type`)
    if (!layerTypes.includes(layer.mediaType)) {
      return unsupported(name, `unsupported media type ${word(layer.mediaType)} of layer ${index + 1}`)
    }
    layers.push(layer)
  }
  return ok({ kind: 'manifest', mediaType, config, layers })
}

function imageIndex(document: Table, mediaType: string, name: string, bounds: Bounds): Tried<ImageIndex> {
  if ('layers' in document || 'config' in document) return broken(name, 'has both layers and manifests')
  const listed = document['manifests']
  if (!Array.isArray(listed)) return broken(name, 'is an index without manifests')
  if (listed.length > bounds.indexEntries) return broken(name, `has more than ${bounds.indexEntries} manifests`)
  const entries: IndexEntry[] = []
  for (const value of listed) {
    const entry = descriptor(value)
    if (entry === null) return broken(name, 'names a manifest without a usable digest, size and media type')
    const { platform: platformValue, annotations } = table(value)
    const platform = readPlatform(table(platformValue))
    const isAttestation = platform?.os === 'unknown' || 'vnd.docker.reference.type' in table(annotations)
    if (!isAttestation) entries.push({ ...entry, platform })
  }
  return ok({ kind: 'index', mediaType, entries })
}

function readPlatform({ os, architecture, variant }: Table): Platform | null {
  if (typeof os !== 'string' || typeof architecture !== 'string') return null
  return { os, architecture, variant: typeof variant === 'string' && variant !== '' ? variant : null }
}

function descriptor(value: unknown): Descriptor | null {
  const { mediaType, digest, size, urls } = table(value)
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return null
  if (!isDigest(digest) || !Number.isInteger(size) || size < 0 || size > largestSizeBytes) return null
  const places = Array.isArray(urls) ? urls.filter(url => typeof url === 'string').slice(0, 10) : []
  return { mediaType, digest, sizeBytes: size, urls: places }
}

function parseTable(bytes: Uint8Array): Table | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : null
  } catch {
    return null
  }
}

const table = (value: unknown): Table => (typeof value === 'object' && value !== null ? (value as Table) : {})
/** A foreign word for a message: bounded, printable. */
const word = (text: string): string => (text === '' ? '(none)' : text.replaceAll(/[^\x21-\x7e]+/g, '?').slice(0, 120))
const broken = (name: string, why: string): Tried<never> =>
  fail(trouble('E_REGISTRY_ANSWER', `${name}: the manifest ${why}`))
const unsupported = (name: string, why: string): Tried<never> => fail(trouble('E_IMAGE_UNSUPPORTED', `${name}: ${why}`))
