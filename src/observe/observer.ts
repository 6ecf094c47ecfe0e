import { isDeepStrictEqual } from 'node:util'
import type { ContainerDeclaration, DesiredContainer, DesiredState } from '../model/desired.ts'
import { type ContainerId, fullName } from '../model/identity.ts'
import type { Extent, ObservedState } from '../model/observed.ts'
import { readBindSource } from './bind-sources.ts'
import type { SeenContainer } from './container.ts'
import { type Look, lookAtAll, lookAtSome, type ObserveDeps, stateOf } from './observe.ts'

/** Looks again and again. Between two looks at everything only what was marked is read; the marks come from whoever hears of changes. */
export class Observer {
  readonly #deps: ObserveDeps
  #look: Look | null = null
  #lookedFor: DesiredState | null = null
  #isForgotten = true
  #marked = new Set<ContainerId>()
  #sources = new Set<string>()

  constructor(deps: ObserveDeps) {
    this.#deps = deps
  }

  /** Something happened to this container, or is about to. */
  mark(id: ContainerId): void {
    this.#marked.add(id)
  }

  /** Something happened to what stands at this bind source: it is about the containers that bind it, unless it is something else now. */
  markSource(path: string): void {
    this.#sources.add(path)
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
    this.#sources = new Set()
    this.#isForgotten = false
    this.#look = null
    this.#look = await lookAtAll(this.#deps, desired)
    this.#lookedFor = desired
    return stateOf(this.#look)
  }

  /** null: what was marked neither simply runs nor has simply ended, so it may be about more than itself. */
  async #glance(desired: DesiredState): Promise<ObservedState | null> {
    const before = this.#look
    if (before === null || this.#isForgotten || this.#lookedFor === null) return null
    const changed = changedIn(this.#lookedFor, desired, before)
    if (changed === null) return null
    const sources = this.#sources
    this.#sources = new Set()
    const binding = await bindingOf(before, desired, sources)
    if (binding === null) return null
    const marked = new Set([...this.#marked, ...binding, ...changed])
    this.#marked = new Set()
    const around = { ...before.around, nowMs: this.#deps.now() }
    const seen = await lookAtSome(around, marked)
    if (!seen.every(isByItself)) return null
    const fresh = new Map(seen.map(one => [one.container.id, one]))
    const containers = before.containers.map(each => fresh.get(each.container.id) ?? each)
    if (containers.filter(each => fresh.get(each.container.id) === each).length !== marked.size) return null
    this.#look = { ...before, around, containers }
    this.#lookedFor = desired
    // at once what changed is answered, then all is looked at
    this.#isForgotten = changed.size > 0
    return { ...stateOf(this.#look), fresh: marked }
  }
}

/** Those that other manifests ask for by now; null: they may ask other things of this host, or nothing tells what has changed. */
function changedIn(before: DesiredState, now: DesiredState, look: Look): ReadonlySet<ContainerId> | null {
  if (before.containers === now.containers) return new Set()
  const wanted = now.containers.filter((each, index) => !isDeepStrictEqual(each, before.containers[index]))
  const names = new Set(wanted.map(({ name }) => fullName(name)))
  const isAsked = now.containers.every((each, index) => asksAlike(each, before.containers[index]))
  const isAlike =
    isAsked && before.containers.length === now.containers.length && isOnNetworks(before) === isOnNetworks(now)
  const ids = look.containers.flatMap(({ container: { id, declaration } }) =>
    names.has(fullName(declaration.name)) ? id : [],
  )
  return isAlike && names.size > 0 && ids.length === names.size ? new Set(ids) : null
}

/** Its mounts, devices, image and ports are what a look reads of the host for a manifest. */
const asksAlike = (a: DesiredContainer, b: DesiredContainer | undefined): boolean =>
  a === b || (b !== undefined && isDeepStrictEqual([a.name, a.spec, a.ports], [b.name, b.spec, b.ports]))

const isOnNetworks = ({ networks = [] }: DesiredState): boolean => networks.length > 0

function isByItself({ container: { phase, kernelLimits }, operation, settling }: SeenContainer): boolean {
  if (!phase.known || operation !== null || settling) return false
  const { value } = phase
  return (
    value.phase === 'exited' || (value.phase === 'running' && value.shim === 'alive' && kernelLimits?.known === true)
  )
}

/** Those that bind one of these; null: it is of another kind than before, or more than them may wait for it. */
async function bindingOf(
  { containers, rest }: Look,
  desired: DesiredState,
  sources: ReadonlySet<string>,
): Promise<ReadonlySet<ContainerId> | null> {
  const binding = new Set<ContainerId>()
  for (const source of sources) {
    const before = rest.bindSources[source]
    const now = await readBindSource(source)
    const isAsBefore = before?.known === true && now.known && before.value === now.value
    const bind = containers.filter(({ stored: { record } }) => binds(record.declaration, source))
    if (!isAsBefore || bind.length === 0 || desired.containers.some(each => needsMountAt(each, source))) return null
    for (const { container } of bind) binding.add(container.id)
  }
  return binding
}

const binds = ({ spec }: Pick<ContainerDeclaration, 'spec'>, source: string): boolean =>
  spec.mounts.some(mount => mount.type === 'bind' && mount.source === source)

const needsMountAt = ({ spec }: Pick<ContainerDeclaration, 'spec'>, source: string): boolean =>
  spec.mounts.some(mount => mount.type === 'bind' && mount.source === source && mount.requireMount === true)
