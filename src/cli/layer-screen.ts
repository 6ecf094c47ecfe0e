import type { LayerProgress, OnProgress } from '../image/deps.ts'
import { progressLines } from '../status/images.ts'
import type { Context } from './context.ts'

/** Often enough for an eye, seldom enough for a slow terminal. */
const redrawMs = 100

/** A line a layer on a terminal, redrawn in place and gone at the end; nothing elsewhere. */
export function layerScreen(
  { screen, options }: Context,
  title: string,
): { readonly progress: OnProgress; readonly end: () => void } {
  if (!screen.isTerminal || options.output === 'json') return { progress: () => undefined, end: () => undefined }
  const layers = new Map<string, LayerProgress>()
  let drawn = 0
  let drawnAtMs = 0
  const clear = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`)
  const draw = () => {
    const lines = progressLines(title, [...layers.values()], screen.rows)
    void screen.raw(`${clear()}${lines.join('\n')}\n`, 'stdout')
    drawn = lines.length
    drawnAtMs = performance.now()
  }
  return {
    progress: layer => {
      layers.set(layer.layer, layer)
      if (performance.now() - drawnAtMs > redrawMs) draw()
    },
    end: () => {
      void screen.raw(clear(), 'stdout')
      drawn = 0
    },
  }
}
