import type { DesiredState } from '../model/desired.ts'
import type { ContainerId } from '../model/identity.ts'
import type { Extent, ObservedState } from '../model/observed.ts'
import type { SeenContainer } from './container.ts'
import { type Look, lookAtAll, lookAtSome, type ObserveDeps, stateOf } from './observe.ts'

/** Looks again and again. Between two looks at everything only what was marked is read; the marks come from whoever hears of changes. */
export class Observer {
  readonly #deps: ObserveDeps
  #look: Look | null = null
  #lookedFor: DesiredState['containers'] | null = null
  #isForgotten = true
  #marked = new Set<ContainerId>()

  constructor(deps: ObserveDeps) {
    this.#deps = deps
  }

  /** Something happened to this container, or is about to. */
  mark(id: ContainerId): void {
    this.#marked.add(id)
  }

  /** Anything may have happened. */
  forget(): void {
    this.#isForgotten = true
  }

  /** `touched` may be answered by all. */
  async observe(desired: DesiredState, extent: Extent): Promise<ObservedState> {
    return (extent === 'touched' ? await this.#glance(desired) : null) ?? (await this.#lookAtAll(desired))
  }

  async #lookAtAll(desired: DesiredState): Promise<ObservedState> {
    // what is marked while this look goes on may have been read already, and is read again next time
    this.#marked = new Set()
    this.#isForgotten = false
    this.#look = null
    this.#look = await lookAtAll(this.#deps, desired)
    this.#lookedFor = desired.containers
    return stateOf(this.#look)
  }

  /** null: what was marked is no longer something that simply runs, so it may be about more than itself. */
  async #glance(desired: DesiredState): Promise<ObservedState | null> {
    const before = this.#look
    if (before === null || this.#isForgotten || this.#lookedFor !== desired.containers) return null
    const marked = this.#marked
    this.#marked = new Set()
    const around = { ...before.around, nowMs: this.#deps.now() }
    const seen = await lookAtSome(around, marked)
    if (!seen.every(simplyRuns)) return null
    const fresh = new Map(seen.map(one => [one.container.id, one]))
    const containers = before.containers.map(each => fresh.get(each.container.id) ?? each)
    if (containers.filter(each => fresh.get(each.container.id) === each).length !== marked.size) return null
    this.#look = { ...before, around, containers }
    return { ...stateOf(this.#look), fresh: marked }
  }
}

function simplyRuns({ container: { phase, kernelLimits }, operation, settling }: SeenContainer): boolean {
  const runs = phase.known && phase.value.phase === 'running' && phase.value.shim === 'alive'
  return runs && kernelLimits?.known === true && operation === null && !settling
}
