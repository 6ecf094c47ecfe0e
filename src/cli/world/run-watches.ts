import type { ContainerId } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { RunState } from '../../model/record.ts'
import type { Core } from '../../runtime/core.ts'

/** The runs that the core watches for us. Those that it starts itself it watches already; asking again is harmless. */
export class RunWatches {
  readonly #core: Pick<Core, 'watch'>
  readonly #runOf: (id: ContainerId) => RunState | null
  readonly #onNew: (id: ContainerId) => void
  #watched = new Map<ContainerId, string>()

  /** `onNew`: before this run was watched no event told what happened to it. */
  constructor(
    core: Pick<Core, 'watch'>,
    runOf: (id: ContainerId) => RunState | null,
    onNew: (id: ContainerId) => void,
  ) {
    this.#core = core
    this.#runOf = runOf
    this.#onNew = onNew
  }

  /** Watches what was seen running and isn't watched yet; true if there was any: then observe again. */
  refresh({ containers, fresh }: Pick<ObservedState, 'containers' | 'fresh'>): boolean {
    const now = new Map<ContainerId, string>()
    let isNew = false
    for (const { id, phase } of containers) {
      if (!phase.known || phase.value.phase !== 'running') continue
      const before = this.#watched.get(id)
      if (before !== undefined && fresh !== undefined && !fresh.has(id)) {
        now.set(id, before)
        continue
      }
      const run = this.#runOf(id)
      if (run === null) continue
      const key = `${run.pid} ${run.startTicks} ${run.shimPid} ${run.shimStartTicks}`
      if (before !== key) {
        isNew = true
        this.#onNew(id)
        if (!this.#core.watch(run).ok) continue
      }
      now.set(id, key)
    }
    this.#watched = now
    return isNew
  }
}
