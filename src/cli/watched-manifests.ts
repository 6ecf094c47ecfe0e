import type { DesiredState } from '../model/desired.ts'
import type { TriggerKind } from '../watch/trigger.ts'
import type { AbsentSince } from './absence.ts'
import type { Manifests, Reading } from './desired.ts'

/** What doesn't say anything of manifests: a pass that only these woke works with the last reading. */
const hostOnly: ReadonlySet<TriggerKind> = new Set(['exit', 'limits', 'shim-lost', 'op-ended'])

/** The manifests of a watcher: read again when something may have changed in them, else as they were. */
export class WatchedManifests {
  readonly #manifests: Manifests
  readonly #onChange: (reading: Reading) => void
  #reading: Reading
  #problems = ''

  /** `onChange`: called when the problems are others than before. */
  constructor(manifests: Manifests, first: Reading, onChange: (reading: Reading) => void) {
    this.#manifests = manifests
    this.#reading = first
    this.#onChange = onChange
    this.#tell(first)
  }

  get reading(): Reading {
    return this.#reading
  }

  async desired(woken: ReadonlySet<TriggerKind>, absentSinceMs: AbsentSince): Promise<DesiredState> {
    if ([...woken].some(kind => !hostOnly.has(kind))) {
      this.#reading = await this.#manifests.read()
      this.#tell(this.#reading)
    }
    return { ...this.#reading.desired, absentSinceMs }
  }

  #tell(reading: Reading): void {
    const problems = JSON.stringify(reading.desired.problems)
    const isNews = problems !== this.#problems && (this.#problems !== '' || reading.desired.problems.length > 0)
    this.#problems = problems
    if (isNews) this.#onChange(reading)
  }
}
