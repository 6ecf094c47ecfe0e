import type { ContainerId } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { RunState } from '../../model/record.ts'
import type { Core } from '../../runtime/core.ts'

type Watched = Pick<ObservedState, 'containers' | 'bindSources' | 'networks' | 'fresh'>

/** What it asks of the core. */
export type Watching = Pick<Core, 'watch' | 'watchNetwork' | 'watchPaths' | 'watchPathAnew'>

/** The runs that the core watches for us. Those that it starts itself it watches already; asking again is harmless. */
export class RunWatches {
  readonly #core: Watching
  readonly #runOf: (id: ContainerId) => RunState | null
  readonly #onNew: (id: ContainerId | null) => void
  #watched = new Map<ContainerId, string>()
  #paths: ReadonlySet<string> = new Set()
  #isNetworkWatched = false

  /** `onNew`: before this run, or a bind source (null), was watched no event told what happened to it. */
  constructor(core: Watching, runOf: (id: ContainerId) => RunState | null, onNew: (id: ContainerId | null) => void) {
    this.#core = core
    this.#runOf = runOf
    this.#onNew = onNew
  }

  /** Watches what was seen running and isn't watched yet; true if there was any: then observe again. */
  refresh({ containers, bindSources, networks = [], fresh }: Watched): boolean {
    const isNewPath = fresh === undefined && this.#watchPaths(bindSources)
    const isNewNetwork = networks.length > 0 && this.#watchNetwork()
    if (isNewPath || isNewNetwork) this.#onNew(null)
    const now = new Map<ContainerId, string>()
    let isNew = isNewPath || isNewNetwork
    for (const { id, phase, endpoints } of containers) {
      if (!phase.known || phase.value.phase !== 'running') continue
      const before = this.#watched.get(id)
      if (before !== undefined && fresh !== undefined && !fresh.has(id)) {
        now.set(id, before)
        continue
      }
      const run = this.#runOf(id)
      if (run === null) continue
      const hasNetwork = endpoints !== undefined && Object.keys(endpoints).length > 0
      const key = `${run.pid} ${run.startTicks} ${run.shimPid} ${run.shimStartTicks} ${hasNetwork}`
      if (before !== key) {
        isNew = true
        this.#onNew(id)
        if (!this.#core.watch(run, hasNetwork).ok) continue
      }
      now.set(id, key)
    }
    this.#watched = now
    return isNew
  }

  /** The host's links and our rules, once there is a network: true, the first time. */
  #watchNetwork(): boolean {
    if (this.#isNetworkWatched || !this.#core.watchNetwork().ok) return false
    this.#isNetworkWatched = true
    return true
  }

  /** After an event of this bind source, before anybody looks there. */
  renew(path: string): void {
    if (this.#paths.has(path)) this.#core.watchPathAnew(path)
  }

  /** Each time anew: a directory that holds one may be another one by now. Only what answered, so this can't hang. */
  #watchPaths(bindSources: ObservedState['bindSources']): boolean {
    const paths = Object.keys(bindSources).filter(path => bindSources[path]?.known === true)
    const isNew = paths.some(path => !this.#paths.has(path))
    if (paths.length > 0 || this.#paths.size > 0) this.#core.watchPaths(paths)
    this.#paths = new Set(paths)
    return isNew
  }
}
