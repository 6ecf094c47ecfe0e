import type { ImageRow } from '../../model/image-row.ts'
import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import { baseName } from '../text/show.ts'
import { ageText, durationText, sizeText } from '../text/units.ts'
import { counted, shortDigest } from '../text/words.ts'

const heading = ['NAME', 'TAG', 'ID', 'CREATED', 'SIZE']

/** The table of `reconcile images ls`: a line a name, `<none>` where there is none. */
export function imagesTable(images: readonly ImageRow[], nowMs: number): string {
  const rows = images.flatMap(image => namesOf(image).map(name => [...name, ...rest(image, nowMs)]))
  return columns(
    [heading, ...rows],
    heading.map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}

/** A repository that has the image only by digest gets a line too. */
function namesOf({ tags, digests }: ImageRow): (readonly [string, string])[] {
  const named = tags.map(tag => [tag.slice(0, tag.lastIndexOf(':')), tag.slice(tag.lastIndexOf(':') + 1)] as const)
  const tagged = new Set(named.map(([name]) => name))
  const untagged = new Set(digests.map(digest => digest.split('@')[0] ?? '').filter(name => !tagged.has(name)))
  const all = [...named, ...[...untagged].map(name => [name, '<none>'] as const)]
  return all.length === 0 ? [['<none>', '<none>']] : all
}

const rest = ({ imageId, created, sizeBytes }: ImageRow, nowMs: number) => [
  shortDigest(imageId),
  createdText(created, nowMs),
  sizeText(sizeBytes),
]

export function createdText(created: string, nowMs: number): string {
  const ms = Date.parse(created)
  return Number.isNaN(ms) ? '-' : `${ageText(nowMs - ms)} ago`
}

/** A list of `{ id, tags, digests, created, os, architecture, sizeBytes, layers }` */
export const imagesJson = (images: readonly ImageRow[]) =>
  images.map(({ imageId, created, ...row }) => ({ id: imageId, created: created === '' ? null : created, ...row }))

/** `+ image shop/web:2  pushed, sha256:…, 1 layer sent (1.2s)` */
export const pushedLine = (
  name: string,
  { digest, sentLayers }: { readonly digest: string; readonly sentLayers: number },
  ms: number,
): string => `+ image ${clean(name)}  pushed as ${digest}, ${counted(sentLayers, 'layer')} sent (${durationText(ms)})`

/** A line an image that `images load` brought. */
export const loadedLines = (
  loaded: readonly { readonly imageId: string; readonly names: readonly string[] }[],
): string =>
  loaded
    .map(({ imageId, names }) => `+ image ${clean(names.join(', ') || '<none>')}  ${shortDigest(imageId)} loaded`)
    .join('\n')

type Removed = {
  readonly imageId: string
  readonly untagged: readonly string[]
  readonly isGone: boolean
  readonly layers: readonly string[]
  readonly isHeld: boolean
}

/** What `images rm` did: a line a name, and one for the image when it went. */
export function removedLines({ imageId, untagged, isGone, layers, isHeld }: Removed): string {
  const names = untagged.map(name => `- image ${clean(name)}  untagged`)
  if (!isGone) return names.join('\n')
  const held = isHeld ? '; its layers stay while a pull, load, save or push is under way (`images gc` takes them)' : ''
  return [...names, `- image ${shortDigest(imageId)}  removed with ${counted(layers.length, 'layer')}${held}`].join(
    '\n',
  )
}

type Unneeded = {
  readonly images: readonly { readonly imageId: string }[]
  readonly layers: readonly { readonly chainId: string; readonly sizeBytes: number }[]
  readonly damaged: readonly string[]
  readonly parts: readonly { readonly path: string; readonly sizeBytes: number }[]
  readonly bytes: number
  readonly held: string | null
}

/** What `images gc` would remove, or has removed. */
export function unneededLines(unneeded: Unneeded, isRemoved: boolean): string {
  const { images, layers, damaged, parts, bytes, held } = unneeded
  const lines = [
    ...images.map(({ imageId }) => `- image ${shortDigest(imageId)}  no tag, no container`),
    ...layers.map(({ chainId, sizeBytes }) => `- layer ${shortDigest(chainId)}  ${sizeText(sizeBytes)}`),
    ...damaged.map(chainId => `- layer ${shortDigest(chainId)}  damaged`),
    ...parts.map(({ path, sizeBytes }) => `- part of a blob ${baseName(path).slice(5, 17)}  ${sizeText(sizeBytes)}`),
    ...(held === null ? [] : [`! no layer can be removed: ${clean(held)}`]),
  ]
  if (lines.length === 0) return 'nothing to remove: every image has a name or a container, every layer an image'
  const end = isRemoved ? `${sizeText(bytes)} removed` : `${sizeText(bytes)} would go: \`reconcile images gc --remove\``
  return [...lines, end].join('\n')
}
