import type { Context } from '../context/context.ts'
import { showOf } from '../output/show.ts'
import { StepPrinter } from '../output/step-printer.ts'
import { Historian } from '../passes/historian.ts'
import { settledPasses, type Settled, type SettledParts } from './settled.ts'

export type PrintedParts = Pick<SettledParts, 'world' | 'desired' | 'timeoutMs' | 'notYetMs'> & {
  /** of all objects that may get a line */
  readonly names: readonly string[]
  /** false: of a stop only its end is told, with the removal that follows */
  readonly tellsStops: boolean
}

/** Passes of a command that follows no manifests, told step by step, and in the history. */
export function printedPasses(context: Context, { names, tellsStops, ...parts }: PrintedParts): Promise<Settled> {
  const show = () => showOf(context)
  const say = (line: string) => context.screen.err(line)
  const printer = new StepPrinter({
    print: line => context.screen.out(line),
    show,
    names: () => names,
    output: context.options.output === 'text' ? 'text' : 'none',
    tellsStops,
  })
  return settledPasses(
    {
      ...parts,
      say,
      history: new Historian({ paths: context.paths, show, now: Date.now, onFailure: say }),
      onStep: outcome => printer.step(outcome),
      onObserved: observed => printer.observed(observed),
    },
    context.signal,
  )
}
