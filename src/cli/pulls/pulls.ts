import type { LayerProgress, OnProgress } from '../../image/deps.ts'
import type { Pulled } from '../../image/pull.ts'
import { fail, type Failure, type Result } from '../../model/errors.ts'
import type { ObservedState, PullFailure, PullOperation } from '../../model/observed.ts'
import { pullAgainAtMs } from '../../supervise/pull.ts'

export type PullOne = (reference: string, onProgress: OnProgress, signal: AbortSignal) => Promise<Result<Pulled>>

/** What becomes of a pull. `layer` comes with every piece, `moving` now and then while it lasts. */
export type PullNews = { readonly reference: string; readonly ms: number } & (
  | { readonly kind: 'begun' }
  | { readonly kind: 'layer'; readonly layer: LayerProgress }
  | { readonly kind: 'moving'; readonly layers: readonly LayerProgress[] }
  | { readonly kind: 'pulled'; readonly pulled: Pulled; readonly layers: readonly LayerProgress[] }
  | {
      readonly kind: 'failed'
      readonly error: Failure
      /** in a row */
      readonly attempts: number
      /** until the next one */
      readonly nextMs: number
    }
)

export type SeenPulls = Pick<ObservedState, 'pullFailures' | 'pullsDone'> & {
  readonly operations: readonly PullOperation[]
}

type Running = { readonly sinceMs: number; readonly task: Promise<void> }
type Clock = { readonly nowMs: () => number; readonly every: (ms: number, callback: () => void) => () => void }

/** how often a pull under way is told where no terminal shows it */
export const pullNewsMs = 10_000

/** The pulls of this process: one a reference at a time, and what became of the last one of each. */
export class Pulls {
  readonly #pullOne: PullOne
  readonly #clock: Clock
  readonly #ended = new AbortController()
  readonly #running = new Map<string, Running>()
  readonly #failures = new Map<string, PullFailure>()
  readonly #done = new Map<string, { readonly atMs: number; readonly id: string }>()
  readonly #listeners = new Set<(news: PullNews) => void>()

  constructor(pullOne: PullOne, clock: Clock) {
    this.#pullOne = pullOne
    this.#clock = clock
  }

  begin(reference: string): void {
    if (this.#running.has(reference) || this.#ended.signal.aborted) return
    const sinceMs = this.#clock.nowMs()
    this.#running.set(reference, { sinceMs, task: this.#run(reference, sinceMs) })
  }

  /** Look before looking at the image stores: what ends in between is then seen as still running, not as missing. */
  seen(): SeenPulls {
    return {
      operations: [...this.#running].map(([reference, { sinceMs }]) => ({ kind: 'pull', reference, sinceMs })),
      pullFailures: Object.fromEntries(this.#failures),
      pullsDone: Object.fromEntries(this.#done),
    }
  }

  onNews(listener: (news: PullNews) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Breaks off what runs; what has come of a layer is kept, and the next process goes on from there. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#listeners.clear()
    await Promise.all([...this.#running.values()].map(({ task }) => task))
  }

  async #run(reference: string, sinceMs: number): Promise<void> {
    const layers = new Map<string, LayerProgress>()
    const ms = () => this.#clock.nowMs() - sinceMs
    this.#tell({ kind: 'begun', reference, ms: 0 })
    const quiet = this.#clock.every(pullNewsMs, () =>
      this.#tell({ kind: 'moving', reference, ms: ms(), layers: [...layers.values()] }),
    )
    const result = await this.#pull(reference, layer => {
      layers.set(layer.layer, layer)
      this.#tell({ kind: 'layer', reference, ms: ms(), layer })
    })
    quiet()
    this.#running.delete(reference)
    const atMs = this.#clock.nowMs()
    if (result.ok) {
      this.#failures.delete(reference)
      this.#done.set(reference, { atMs, id: result.value.imageId })
      return this.#tell({ kind: 'pulled', reference, ms: ms(), pulled: result.value, layers: [...layers.values()] })
    }
    const attempts = (this.#failures.get(reference)?.attempts ?? 0) + 1
    const failure = { atMs, attempts, message: result.error.message }
    this.#failures.set(reference, failure)
    const nextMs = (pullAgainAtMs(failure, atMs) ?? atMs) - atMs
    this.#tell({ kind: 'failed', reference, ms: ms(), error: result.error, attempts, nextMs })
  }

  /** A pull that throws is a failed pull: nobody awaits the task but `close`. */
  async #pull(reference: string, onProgress: OnProgress): Promise<Result<Pulled>> {
    try {
      return await this.#pullOne(reference, onProgress, this.#ended.signal)
    } catch (error) {
      return fail({ code: 'E_INTERNAL', message: error instanceof Error ? error.message : String(error) })
    }
  }

  #tell(news: PullNews): void {
    for (const listener of this.#listeners) listener(news)
  }
}
