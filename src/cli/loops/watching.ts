import type { Outcome } from '../../model/outcome.ts'
import { nextDeadlineMs } from '../../plan/deadline.ts'
import { jsonLine } from '../../status/text/json-text.ts'
import { runJson } from '../../status/json.ts'
import { outcomeLines } from '../../status/passes/outcome.ts'
import type { Next } from '../../watch/loop.ts'
import type { TriggerKind } from '../../watch/trigger.ts'
import { type AbsentSince, absences } from '../passes/absence.ts'
import { failureDelayMs, hasFailed, lacksRoom } from './failure-delay.ts'
import type { Log } from '../output/log.ts'
import { PassNews } from './pass-news.ts'
import { passMaker } from '../passes/passes.ts'
import { RefusedError } from '../context/refused-error.ts'
import { runOf } from './run-result.ts'
import type { Session } from './session.ts'
import { restlessPasses } from './settle.ts'
import type { StepPrinter } from '../output/step-printer.ts'
import { type LastWatched, tellUnwatched } from './unwatched.ts'
import type { WatchedManifests } from './watched-manifests.ts'

export type WatchingParts = {
  readonly session: Session
  readonly watched: WatchedManifests
  readonly printer: StepPrinter
  readonly before: LastWatched
  readonly log: Log
  /** once, after the first pass */
  readonly onFirst: () => void
  readonly onPassed: () => void
}

/**
 * What leaves a mark on each container that it is about, or, where it is about none, makes the observer forget. Of manifests the
 * observer finds out itself whom their change is about.
 */
const ofContainers: ReadonlySet<TriggerKind> = new Set(['exit', 'limits', 'mounts', 'health', 'again', 'manifests'])
const restlessDelayMs = 1000

/** What a watcher remembers from pass to pass. */
export class Watching {
  readonly pass: (woken: ReadonlySet<TriggerKind>) => Promise<Outcome>
  readonly #parts: WatchingParts
  readonly #sources: ReadonlySet<string>
  readonly #news = new PassNews()
  #absentSinceMs: AbsentSince = {}
  #isFirst = true
  #failedPasses = 0
  #restless = 0
  #lastError = ''

  constructor(parts: WatchingParts) {
    this.#parts = parts
    const { session, watched, printer } = parts
    this.#sources = new Set(session.manifests.sources.map(({ name }) => name))
    this.pass = passMaker(
      {
        world: session.world,
        history: session.history,
        say: session.say,
        desired: woken => watched.desired(woken, this.#absentSinceMs),
        onStep: outcome => printer.step(outcome),
        onObserved: observed => printer.observed(observed),
        extentOf: woken => ([...woken].every(kind => ofContainers.has(kind)) ? 'touched' : 'all'),
      },
      session.context.signal,
    )
  }

  onOutcome(outcome: Outcome, woken: ReadonlySet<TriggerKind>): Next {
    const { session, log, onPassed } = this.#parts
    const done = outcome.steps.filter(({ result }) => result === 'done').length
    log.debug('pass', { steps: outcome.steps.length, done, ms: Math.round(outcome.ms) })
    this.#absentSinceMs = absences(outcome.plan, outcome.desired, this.#absentSinceMs)
    this.#tell(outcome)
    onPassed()
    this.#lastError = ''
    this.#failedPasses = hasFailed(outcome) ? this.#failedPasses + 1 : 0
    this.#restless = done > 0 ? this.#restless + 1 : 0
    const { watches, probes } = session.world
    probes.follow(outcome.observed, ({ origin }) => this.#sources.has(origin.source))
    const isNewlyWatched = watches.refresh(outcome.observed)
    // a change of manifests ends with a look at everything
    const hasGlanced = woken.has('manifests') && outcome.observed.fresh !== undefined
    if (isNewlyWatched || hasGlanced || done > 0)
      return this.#restless > restlessPasses ? { retryAfterMs: restlessDelayMs } : 'again'
    const failureMs = this.#failedPasses === 0 ? null : failureDelayMs(this.#failedPasses, lacksRoom(outcome))
    return { retryAfterMs: earlier(failureMs, nextDeadlineMs(outcome.plan, outcome.observed.nowMs)) }
  }

  /** A pass that could not be made; the loop tries again, and the same trouble is told once. */
  onError(error: unknown): boolean {
    const message =
      error instanceof RefusedError ? error.message : error instanceof Error ? (error.stack ?? '') : `${error}`
    if (message !== this.#lastError) this.#parts.log.error('no pass', { error: message })
    this.#lastError = message
    return false
  }

  #tell(outcome: Outcome): void {
    const { session, before, onFirst } = this.#parts
    if (this.#isFirst) {
      tellUnwatched(session, before, outcome)
      this.#tellFirst(outcome)
      onFirst()
    } else if (session.context.options.output === 'text') {
      session.context.screen.out(this.#news.lines(outcome, session.show()).join('\n'))
    }
    this.#isFirst = false
  }

  #tellFirst(outcome: Outcome): void {
    const { context, show } = this.#parts.session
    const run = runOf({ ended: 'quiet', last: outcome, steps: outcome.steps, ms: outcome.ms }, outcome)
    const news = this.#news.lines(outcome, show())
    if (context.options.output === 'json') context.screen.out(jsonLine(runJson(run)))
    else context.screen.out((outcome.steps.length === 0 ? outcomeLines(run, show()) : news).join('\n'))
  }
}

const earlier = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)
