import type { LayerProgress, OnProgress } from '../../image/deps.ts'
import { progressLines } from '../../status/images/progress.ts'
import type { Context } from '../context/context.ts'

/** Often enough for an eye, seldom enough for a slow terminal. */
const redrawMs = 100

/** What moves, a line a layer at the foot of a terminal; nothing elsewhere. */
export type LayerBoard = {
  readonly isShown: boolean
  readonly begin: (title: string) => void
  readonly progress: (title: string, layer: LayerProgress) => void
  readonly end: (title: string) => void
}

export function layerBoard({ screen, options }: Pick<Context, 'screen' | 'options'>): LayerBoard {
  const isShown = screen.canRedraw && options.output !== 'json'
  if (!isShown) return { isShown, begin: () => {}, progress: () => {}, end: () => {} }
  const images = new Map<string, Map<string, LayerProgress>>()
  let timer: NodeJS.Timeout | null = null
  const draw = () => {
    timer = null
    const moving = [...images].map(([title, layers]) => ({ title, layers: [...layers.values()] }))
    screen.footer(moving.length === 0 ? [] : progressLines(moving, screen.size))
  }
  const drawSoon = () => (timer ??= setTimeout(draw, redrawMs).unref())
  return {
    isShown,
    begin: title => {
      images.set(title, new Map())
      drawSoon()
    },
    progress: (title, layer) => {
      images.get(title)?.set(layer.layer, layer)
      drawSoon()
    },
    end: title => {
      images.delete(title)
      if (timer !== null) clearTimeout(timer)
      draw()
    },
  }
}

/** The board of a command that moves one thing. */
export function layerScreen(
  context: Context,
  title: string,
): { readonly progress: OnProgress; readonly end: () => void } {
  const board = layerBoard(context)
  board.begin(title)
  return { progress: layer => board.progress(title, layer), end: () => board.end(title) }
}
