import { durationText, sizeText } from '../text/units.ts'
import { counted, shortDigest } from '../text/words.ts'

type Pulled = { readonly imageId: string; readonly before: string | null; readonly wasHere: boolean }

type Layer = {
  readonly state: 'waiting' | 'moving' | 'unpacked' | 'done' | 'there'
  readonly doneBytes: number
  readonly keptBytes: number
  readonly totalBytes: number | null
}

/** `a1b2c3d4e5f6 pulled: 71Mi in 3 of 5 layers (1.2s), tag moved 0123… -> a1b2…` */
export function pulledText({ imageId, before, wasHere }: Pulled, layers: readonly Layer[], ms: number): string {
  const id = shortDigest(imageId)
  if (wasHere) return `${id} is up to date`
  const moved = before === null ? '' : `, tag moved ${shortDigest(before)} -> ${id}`
  return `${id} pulled: ${cameText(layers)} (${durationText(ms)})${moved}`
}

/** What had to come of an image: `71Mi in 3 of 5 layers, 30Mi of it from an interrupted pull`. */
function cameText(layers: readonly Layer[]): string {
  const came = layers.filter(({ state }) => state === 'done')
  if (came.length === 0) return 'its layers were here'
  const bytes = came.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  const some = came.length === layers.length ? '' : `${came.length} of `
  return `${sizeText(bytes)} in ${some}${counted(layers.length, 'layer')}${keptText(came)}`
}

function keptText(layers: readonly Layer[]): string {
  const kept = layers.reduce((sum, { keptBytes }) => sum + keptBytes, 0)
  return kept === 0 ? '' : `, ${sizeText(kept)} of it from an interrupted pull`
}

/** `pulling   34% of 71Mi, 2 of 6 layers`; while the layers are not known yet only how long it has taken. */
export function pullingText(layers: readonly Layer[], ms: number): string {
  if (layers.length === 0) return `pulling   ${durationText(ms)}`
  const over = layers.filter(isOver)
  const sized = layers.filter(({ state }) => state !== 'there')
  const total = sized.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0)
  const bytes = sized.reduce((sum, layer) => sum + (isOver(layer) ? (layer.totalBytes ?? 0) : layer.doneBytes), 0)
  const share = total === 0 ? '' : `${Math.floor((Math.min(bytes, total) / total) * 100)}% of ${sizeText(total)}, `
  return `pulling   ${share}${over.length} of ${counted(layers.length, 'layer')}${keptText(sized)}`
}

export const isOver = ({ state }: Pick<Layer, 'state'>): boolean =>
  state === 'unpacked' || state === 'done' || state === 'there'

/** A pull that failed not for the first time: the first failure is told with the containers that need the image. */
export const failedAgainText = (message: string, attempts: number, nextMs: number): string =>
  `not pulled, ${attempts} times now: ${message}; next try in ${durationText(nextMs)}`
