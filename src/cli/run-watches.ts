import type { ContainerId } from '../model/identity.ts'
import type { RunState } from '../model/record.ts'
import type { Core } from '../runtime/core.ts'

/** Which runs of this root the core watches for us: those that it started itself, and those found running. */
export class RunWatches {
  readonly #core: Core
  readonly #runs: () => readonly RunState[]
  #watched = new Map<ContainerId, string>()

  constructor(core: Core, runs: () => readonly RunState[]) {
    this.#core = core
    this.#runs = runs
  }

  /**
   * Watches every run that isn't watched yet; true if there was one. What happened to it before is not told by any
   * event: observe after this.
   */
  refresh(): boolean {
    const now = new Map<ContainerId, string>()
    let isNew = false
    for (const run of this.#runs()) {
      if (run.bootId !== this.#core.bootId) continue
      const key = `${run.pid} ${run.startTicks} ${run.shimPid} ${run.shimStartTicks}`
      now.set(run.containerId, key)
      if (this.#watched.get(run.containerId) === key) continue
      this.#core.watch(run)
      isNew = true
    }
    this.#watched = now
    return isNew
  }
}
