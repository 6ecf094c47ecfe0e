import { digestOf, isDigest } from '../../dataroot/images/digest.ts'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { Platform, Reference } from '../../model/image.ts'
import { parseReference } from '../../model/reference.ts'
import { defaultBounds } from '../../registry/http/bounds.ts'
import { readManifest } from '../../registry/pull/manifest.ts'
import type { ImageManifest } from '../../registry/pull/manifest.ts'
import { choose } from '../../registry/pull/platform.ts'
import type { Archive } from './archive.ts'
import type { ArchivedImage } from './archived-image.ts'
import { fieldOf, parseDocument, textOf } from './documents.ts'

export const layoutFile = 'oci-layout'
const indexType = 'application/vnd.oci.image.index.v1+json'
const { manifestBytes } = defaultBounds

export type LayoutOptions = {
  readonly platform: Platform
  /** the repository of images that the layout gives only a tag; null: those get no name */
  readonly repository: string | null
}

/** The images of an OCI layout: what index.json names, of several platforms the one that runs here. */
export async function readOciLayout(
  archive: Archive,
  options: LayoutOptions,
): Promise<Result<readonly ArchivedImage[]>> {
  const bytes = await archive.read('index.json', manifestBytes)
  if (!bytes.ok) return bytes
  const index = readManifest(bytes.value, indexType, 'index.json', defaultBounds)
  if (!index.ok) return index
  if (index.value.kind !== 'index') return refuse('index.json is no index')
  const listed = fieldOf(parseDocument(bytes.value), 'manifests')
  const images: ArchivedImage[] = []
  for (const [digest, entries] of byDigest(listed)) {
    const entry = index.value.entries.find(one => one.digest === digest)
    // attestations, and what is for other platforms beside what is for this one
    if (entry === undefined) continue
    if (choose([entry], options.platform) === null && entry.platform !== null && index.value.entries.length > 1)
      continue
    const manifest = await manifestAt(archive, entry, options, 1)
    if (!manifest.ok) return manifest
    images.push(imageOf(manifest.value, tagsOf(entries, options)))
  }
  return images.length === 0 ? refuse('index.json names no image for this platform') : ok(images)
}

const refuse = (message: string) => fail({ code: 'E_SPEC' as const, message })
const blobName = (digest: string) => `blobs/${digest.replace(':', '/')}`

/** One image may be named several times. */
function byDigest(listed: unknown): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>()
  for (const entry of Array.isArray(listed) ? (listed as unknown[]) : []) {
    const digest = textOf(entry, 'digest') ?? ''
    found.set(digest, [...(found.get(digest) ?? []), entry])
  }
  return found
}

type Entry = { readonly digest: string; readonly mediaType: string }

async function manifestAt(
  archive: Archive,
  { digest, mediaType }: Entry,
  options: LayoutOptions,
  deeper: number,
): Promise<Result<ImageManifest>> {
  if (!isDigest(digest)) return refuse(`${String(digest).slice(0, 80)}: only sha256 digests can be stored`)
  const bytes = await archive.read(blobName(digest), manifestBytes)
  if (!bytes.ok) return bytes
  if (digestOf(bytes.value) !== digest) {
    return fail({ code: 'E_DIGEST', message: `manifest ${digest} of the archive: its digest is another one` })
  }
  const read = readManifest(bytes.value, mediaType, digest, defaultBounds)
  if (!read.ok) return read
  if (read.value.kind === 'manifest') return ok(read.value)
  if (deeper === 0) return refuse(`${digest}: an index within an index is not supported`)
  const inner = choose(read.value.entries, options.platform)
  if (inner === null) return refuse(`${digest}: no matching manifest for this platform in the index`)
  return await manifestAt(archive, inner, options, deeper - 1)
}

function imageOf({ config, layers }: ImageManifest, tags: readonly Reference[]): ArchivedImage {
  const named = layers.map(({ digest, mediaType }) => ({ name: blobName(digest), digest, mediaType }))
  return { configName: blobName(config.digest), configDigest: config.digest, layers: named, tags }
}

/** `io.containerd.image.name` is a whole name; `…ref.name` may be one, or only a tag. */
function tagsOf(entries: readonly unknown[], { repository }: LayoutOptions): readonly Reference[] {
  return entries.flatMap(entry => {
    const annotations = fieldOf(entry, 'annotations')
    const whole = textOf(annotations, 'io.containerd.image.name')
    const short = textOf(annotations, 'org.opencontainers.image.ref.name')
    const named = whole ?? (short !== null && /[:/]/.test(short) ? short : null)
    const text = named ?? (short !== null && repository !== null ? `${repository}:${short}` : repository)
    const reference = text === null ? null : parseReference(text)
    return reference !== null && reference.ok && reference.value.digest === null ? [reference.value] : []
  })
}
