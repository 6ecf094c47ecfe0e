import { durationText } from './units.ts'
import { shortImageId } from './words.ts'

type Pulled = { readonly imageId: string; readonly before: string | null; readonly wasHere: boolean }

/** `a1b2c3d4e5f6 pulled (1.2s), tag moved 0123… -> a1b2…` */
export function pulledText({ imageId, before, wasHere }: Pulled, ms: number): string {
  const id = shortImageId(imageId)
  if (wasHere) return `${id} is up to date`
  const moved = before === null ? '' : `, tag moved ${shortImageId(before)} -> ${id}`
  return `${id} pulled (${durationText(ms)})${moved}`
}

type Layer = {
  readonly state: 'waiting' | 'moving' | 'done' | 'there'
  readonly doneBytes: number
  readonly totalBytes: number | null
}

/** `pulling   34% of 71Mi, 2 of 6 layers`; while the layers are not known yet only how long it has taken. */
export function pullingText(layers: readonly Layer[], ms: number): string {
  if (layers.length === 0) return `pulling   ${durationText(ms)}`
  const done = layers.filter(({ state }) => state === 'done' || state === 'there')
  const sized = layers.filter(({ state }) => state !== 'there')
  const total = sized.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0)
  const bytes = sized.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  const share = total === 0 ? '' : `${Math.floor((Math.min(bytes, total) / total) * 100)}% of ${mebibytes(total)}, `
  return `pulling   ${share}${done.length} of ${layers.length} layers`
}

const mebibytes = (bytes: number) => `${Math.max(1, Math.round(bytes / 2 ** 20))}Mi`
