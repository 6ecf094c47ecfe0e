import { clean } from '../text/clean.ts'
import { isOver } from './pulls.ts'
import { sizeText } from '../text/units.ts'
import { shortDigest } from '../text/words.ts'

type Layer = {
  readonly layer: string
  readonly state: 'waiting' | 'moving' | 'unpacked' | 'done' | 'there'
  readonly doneBytes: number
  readonly keptBytes: number
  readonly totalBytes: number | null
}

/** An image that comes or goes, or an archive, with its layers. */
export type Moving = { readonly title: string; readonly layers: readonly Layer[] }
export type TerminalSize = { readonly rows: number; readonly columns: number }

/** What a terminal shows meanwhile: a title and a line a layer, those that move first; no more than fit, none that wraps. */
export function progressLines(images: readonly Moving[], { rows, columns }: TerminalSize): string[] {
  const room = Math.max(1, rows - 3)
  const all = images.flatMap(({ title, layers }) => [titleLine(title, layers), ...layers.map(layerLine)])
  const each = Math.max(0, Math.floor(room / images.length) - 1)
  const some = () =>
    images.flatMap(({ title, layers }) => [titleLine(title, layers), ...mostMoving(layers, each).map(layerLine)])
  return (all.length <= room ? all : some()).slice(0, room).map(line => line.slice(0, Math.max(20, columns - 1)))
}

const mostMoving = (layers: readonly Layer[], count: number): readonly Layer[] =>
  [...layers.filter(({ state }) => state === 'moving'), ...layers.filter(({ state }) => state === 'waiting')].slice(
    0,
    count,
  )

function titleLine(title: string, layers: readonly Layer[]): string {
  if (layers.length === 0) return `${clean(title)}: asking`
  return `${clean(title)}: ${layers.filter(isOver).length} of ${layers.length} layers`
}

function layerLine({ layer, state, doneBytes, keptBytes, totalBytes }: Layer): string {
  const total = totalBytes === null ? '' : ` of ${sizeText(totalBytes)}`
  const kept = keptBytes === 0 ? '' : `, went on at ${sizeText(keptBytes)}`
  const words = {
    waiting: 'waiting',
    there: 'already here',
    unpacked: `unpacked${kept}`,
    done: `done${kept}`,
    moving: `${sizeText(doneBytes)}${total}${kept}`,
  }
  return `  ${shortDigest(layer)}  ${words[state]}`
}
