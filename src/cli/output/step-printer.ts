import type { ObservedState } from '../../model/observed.ts'
import type { StepOutcome } from '../../model/outcome.ts'
import { jsonLine } from '../../status/text/json-text.ts'
import { stepOutcomeJson } from '../../status/json.ts'
import type { Show } from '../../status/text/show.ts'
import { noteStop, stepLine, type StopNotes } from '../../status/passes/step.ts'
import { sceneOf } from './scene.ts'

export type StepPrinterParts = {
  readonly print: (text: string) => void
  readonly show: () => Show
  /** of all objects that may get a line, for the width of their column */
  readonly names: () => readonly string[]
  readonly output: 'text' | 'json-lines' | 'none'
  /** false: of a stop only its end is told, with the removal that follows */
  readonly tellsStops: boolean
}

/** Prints each step as it ends. The same failure again and again is printed once. */
export class StepPrinter {
  readonly #parts: StepPrinterParts
  #observed: ObservedState | null = null
  #stops: StopNotes = new Map()
  #failures = new Map<string, string>()

  constructor(parts: StepPrinterParts) {
    this.#parts = parts
  }

  /** What the pass saw whose steps come now. */
  observed(observed: ObservedState): void {
    this.#observed = observed
  }

  step(outcome: StepOutcome): void {
    this.#stops = noteStop(this.#stops, outcome, begunMs(outcome))
    if (this.#isOld(outcome)) return
    const { print, show, names, output, tellsStops } = this.#parts
    if (output === 'none' || (!tellsStops && outcome.result === 'done' && outcome.step.action.kind === 'begin-stop'))
      return
    const line = stepLine(outcome, sceneOf(show(), names(), this.#observed, this.#stops))
    if (line !== null) print(output === 'text' ? line : jsonLine(stepOutcomeJson(outcome)))
  }

  /** A step that fails as it did before, or is skipped because one of those did. */
  #isOld({ step, ...outcome }: StepOutcome): boolean {
    const key = `${step.subject.kind} ${step.subject.name}`
    if (outcome.result === 'done') {
      if (step.class !== 'bookkeeping') this.#failures.delete(key)
      return false
    }
    const why = outcome.result === 'failed' ? outcome.error.message : outcome.because
    // each try to make one mints another id
    const now = `${step.action.kind}: ${'id' in step.action ? why.replaceAll(step.action.id, '') : why}`
    const isOld = this.#failures.get(key)?.split('\n').includes(now) ?? false
    if (!isOld) this.#failures.set(key, `${this.#failures.get(key) ?? ''}\n${now}`)
    return isOld
  }
}

const begunMs = (outcome: StepOutcome): number => Date.now() - (outcome.result === 'skipped' ? 0 : outcome.ms)
