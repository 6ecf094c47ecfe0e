import type { ContainerId } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { RunState } from '../../model/record.ts'
import type { Core } from '../../runtime/core.ts'

/** The runs that the core watches for us. Those that it starts itself it watches already; asking again is harmless. */
export class RunWatches {
  readonly #core: Pick<Core, 'watch'>
  readonly #runOf: (id: ContainerId) => RunState | null
  #watched = new Map<ContainerId, string>()

  constructor(core: Pick<Core, 'watch'>, runOf: (id: ContainerId) => RunState | null) {
    this.#core = core
    this.#runOf = runOf
  }

  /**
   * Watches what was seen running and isn't watched yet; true if there was any. Before that no event told what happened
   * to it: observe again.
   */
  refresh({ containers }: Pick<ObservedState, 'containers'>): boolean {
    const now = new Map<ContainerId, string>()
    let isNew = false
    for (const { id, phase } of containers) {
      if (!phase.known || phase.value.phase !== 'running') continue
      const run = this.#runOf(id)
      if (run === null) continue
      const key = `${run.pid} ${run.startTicks} ${run.shimPid} ${run.shimStartTicks}`
      if (this.#watched.get(id) !== key) {
        isNew = true
        if (!this.#core.watch(run).ok) continue
      }
      now.set(id, key)
    }
    this.#watched = now
    return isNew
  }
}
