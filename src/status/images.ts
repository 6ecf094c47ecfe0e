import type { ImageRow } from '../model/image-row.ts'
import { clean } from './clean.ts'
import { columns } from './columns.ts'
import { ageText, durationText } from './units.ts'

/** `sha256:0123456789abcdef…` → `0123456789ab` */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12)

const heading = ['NAME', 'TAG', 'ID', 'CREATED', 'SIZE']

/** The table of `reconcile images ls`: a line a name, `<none>` where there is none. */
export function imagesTable(images: readonly ImageRow[], nowMs: number): string {
  const rows = images.flatMap(image => namesOf(image).map(name => [...name, ...rest(image, nowMs)]))
  return columns(
    [heading, ...rows],
    heading.map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}

function namesOf({ tags, digests }: ImageRow): (readonly [string, string])[] {
  if (tags.length === 0) return [[digests[0]?.split('@')[0] ?? '<none>', '<none>']]
  return tags.map(tag => [tag.slice(0, tag.lastIndexOf(':')), tag.slice(tag.lastIndexOf(':') + 1)] as const)
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

/** `812`, `4.2Ki`, `77Mi` */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes}`
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${['', 'Ki', 'Mi', 'Gi', 'Ti'][power]}`
}

/** A list of `{ id, tags, digests, created, os, architecture, sizeBytes, layers }` */
export const imagesJson = (images: readonly ImageRow[]) =>
  images.map(({ imageId, created, ...row }) => ({ id: imageId, created: created === '' ? null : created, ...row }))

type Pulled = { readonly imageId: string; readonly digest: string; readonly before: string | null }

/** `+ image busybox:1.36  pulled, a1b2c3d4e5f6 (1.2s)` */
export function pulledLine(name: string, { imageId, before }: Pulled, ms: number): string {
  const moved = before === null ? '' : `, tag moved ${shortDigest(before)} -> ${shortDigest(imageId)}`
  return `+ image ${clean(name)}  ${shortDigest(imageId)} pulled (${durationText(ms)})${moved}`
}

type Layer = {
  readonly layer: string
  readonly state: 'waiting' | 'moving' | 'done' | 'there'
  readonly doneBytes: number
  readonly totalBytes: number | null
}

/** What a terminal shows while an image comes or goes: the title and a line a layer, no more than fit. */
export function progressLines(title: string, layers: readonly Layer[], rows: number): string[] {
  const room = Math.max(1, rows - 3)
  const open = layers.filter(({ state }) => state === 'moving' || state === 'waiting')
  const shown = layers.length <= room ? layers : open.slice(0, room)
  const done = layers.length - open.length
  return [`${clean(title)}: ${done} of ${layers.length} layers`, ...shown.map(progressLine)]
}

function progressLine({ layer, state, doneBytes, totalBytes }: Layer): string {
  const total = totalBytes === null ? '' : ` of ${sizeText(totalBytes)}`
  const words = { waiting: 'waiting', there: 'already here', done: 'done', moving: `${sizeText(doneBytes)}${total}` }
  return `  ${shortDigest(layer)}  ${words[state]}`
}
