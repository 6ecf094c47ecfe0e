import type { DesiredState } from '../../model/desired.ts'
import type { TriggerKind } from '../../watch/trigger.ts'
import type { AbsentSince } from '../passes/absence.ts'
import type { Manifests, Reading } from '../manifests/manifests.ts'

/** What doesn't say anything of manifests: a pass that only these woke works with the last reading. */
const hostOnly: ReadonlySet<TriggerKind> = new Set(['exit', 'limits', 'mounts', 'shim-lost', 'op-ended', 'again'])

/** The manifests of a watcher: read again when something may have changed in them, else as they were. */
export class WatchedManifests {
  readonly #manifests: Manifests
  readonly #tell: (reading: Reading, before: Reading | null) => void
  #onRead: (reading: Reading) => void = () => {}
  #reading: Reading

  /** `tell`: called with each reading and the one before. */
  constructor(manifests: Manifests, first: Reading, tell: (reading: Reading, before: Reading | null) => void) {
    this.#manifests = manifests
    this.#reading = first
    this.#tell = tell
    tell(first, null)
  }

  get reading(): Reading {
    return this.#reading
  }

  /** Called with the last reading, now, and with every later one. */
  onRead(callback: (reading: Reading) => void): void {
    this.#onRead = callback
    callback(this.#reading)
  }

  async desired(woken: ReadonlySet<TriggerKind>, absentSinceMs: AbsentSince): Promise<DesiredState> {
    if ([...woken].some(kind => !hostOnly.has(kind))) {
      const before = this.#reading
      this.#reading = await this.#manifests.read()
      this.#tell(this.#reading, before)
      this.#onRead(this.#reading)
    }
    return { ...this.#reading.desired, absentSinceMs }
  }
}
