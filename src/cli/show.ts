import { ansi, plain } from '../status/paint.ts'
import type { Show } from '../status/show.ts'
import type { Context } from './context.ts'
import { displayPath } from './desired.ts'

/** How this command shows things; without manifests paths are shown relative to the working directory. */
export const showOf = (context: Context, display?: (file: string) => string): Show => ({
  paint: context.screen.color ? ansi : plain,
  display: display ?? (file => displayPath(file, context.workingDir)),
  nowMs: Date.now(),
  showValues: context.options.showValues,
})
