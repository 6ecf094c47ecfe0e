import type { Action } from '../../src/model/action.ts'
import { type ContainerId, fullName } from '../../src/model/identity.ts'
import type { Exit, ObservedNetwork, ObservedState, ObservedVolume } from '../../src/model/observed.ts'
import type { NoFilter } from '../../src/model/network-facts.ts'
import type { SeenRuleset } from '../../src/model/ruleset.ts'
import { armStop, beginProbes, type Behaviour, blank, type ModelContainer, type Run } from './model-containers.ts'
import { hastyStart } from './model-dependencies.ts'
import { wrongAnswer } from './model-files.ts'
import { lookOf, repaired } from './model-looks.ts'
import { changeMounts, lacksVolume, repairMount, tearMounts } from './model-mounts.ts'
import { isOfNetworks, networkPerformers, strayEndpoints, tearNetworks } from './model-networks.ts'
import { beginPull, type ModelPulls } from './model-pulls.ts'
import { recordOf } from './specs.ts'

type ModelVolume = ObservedVolume & { readonly contents: string }

type Left = { exits: number; failedStarts: number; sickRuns: number }

/** All that a model host is; `violations` lists what no plan may ever do. */
export type World = {
  nowMs: number
  nextPid: number
  readonly containers: Map<ContainerId, ModelContainer>
  readonly volumes: Map<string, ModelVolume>
  readonly networks: Map<string, ObservedNetwork>
  ruleset: SeenRuleset | undefined
  /** this host has no packet filter */
  readonly noFilter: NoFilter | undefined
  /** of those that run, whom nobody answers at 127.0.0.11 */
  readonly unserved: Set<ContainerId> | undefined
  /** what the proxy holds for those that run */
  readonly proxied: Map<ContainerId, readonly string[]> | undefined
  readonly bindSources: Record<string, ObservedState['bindSources'][string]>
  /** what the processes of a name still have before them */
  readonly left: Map<string, Left>
  readonly behaviourOf: (container: ModelContainer) => Behaviour
  readonly pulls: ModelPulls
  readonly violations: string[]
}

export type Of<K extends Action['kind']> = Extract<Action, { kind: K }>
type Performers = { readonly [K in Action['kind']]: (world: World, action: Of<K>) => string | null }

/** Carries one action out whole; null, or why it failed. */
export function perform(world: World, action: Action): string | null {
  const performer = performers[action.kind] as (world: World, action: Action) => string | null
  return performer(world, action)
}

const performers: Performers = {
  'create-volume': (world, { name, volume, anonymous }) => {
    if (world.volumes.has(name)) return 'the volume exists'
    const { labels = {}, removal = 'keep', origin = null } = volume ?? {}
    world.volumes.set(name, { name, labels, removal, origin, anonymous, contents: 'empty' })
    return null
  },
  'update-volume': (world, { name, volume: { labels, removal, origin } }) => {
    const volume = world.volumes.get(name)
    if (volume === undefined) return 'no such volume'
    world.volumes.set(name, { ...volume, labels, removal, origin })
    return null
  },
  'delete-volume': (world, { name }) => dropVolume(world, name, null),
  ...networkPerformers,
  'create-container': (world, { id, container, limits, anonymousVolumes, image, endpoints }) => {
    if (world.containers.has(id)) return 'the container exists'
    const reference = container.spec.image
    const present = reference === null ? undefined : world.pulls.images.get(reference)
    const presentId = present?.state === 'present' ? present.id : undefined
    if (image?.id !== presentId || image?.reference !== (reference ?? undefined))
      world.violations.push(`${fullName(container.name)} made from ${image?.id} instead of ${presentId}`)
    if (reference !== null && presentId === undefined) return 'no such image'
    const made = {
      declaration: recordOf(container),
      origin: container.origin,
      recordedLimits: limits,
      anonymousVolumes,
      image,
      ...(endpoints === undefined ? {} : { endpoints }),
    }
    world.containers.set(id, { ...blank(id, world.nowMs), ...made })
    return null
  },
  'start-container': start,
  'begin-stop': (world, { id, stop, again }) => {
    const container = find(world, id)
    if (container.run === null) return 'it does not run'
    if (container.run.shim === 'lost') return 'no shim to ask'
    if (container.run.look.kernel.frozen) world.violations.push(`${id.slice(0, 12)} asked to stop while it is frozen`)
    container.stop = {
      sinceMs: world.nowMs,
      graceMs: stop.graceMs ?? 10_000,
      ...(again === undefined ? {} : { again }),
    }
    container.stopAsked = true
    armStop(container, world.behaviourOf(container))
    return null
  },
  'begin-pull': (world, { reference }) => {
    const wrong = beginPull(world.pulls, reference, world.nowMs)
    if (wrong !== null) world.violations.push(wrong)
    return null
  },
  'update-limits': (world, action) => {
    const { run } = find(world, action.id)
    if (run === null) return 'it does not run'
    run.limits = action.limits
    return setRecord(world, action)
  },
  'repair-mount': (world, action) => repairMount(world, find(world, action.id), action),
  'repair-run': (world, { id, process, repair }) => {
    const { run } = find(world, id)
    if (run === null || run.pid !== process.pid) return 'it does not run'
    run.look = repaired(run.look, repair)
    return null
  },
  'answer-change': (world, action) => {
    const { run } = find(world, action.id)
    if (run === null || run.pid !== action.process.pid) return 'it does not run'
    const wrong = wrongAnswer(run.bound, action, world.nowMs)
    if (wrong !== null) world.violations.push(wrong)
    run.bound = run.bound.filter(({ target }) => target !== action.target)
    return null
  },
  'update-record': (world, action) => {
    const { run } = find(world, action.id)
    if (action.run !== undefined) {
      if (run === null || run.pid !== action.run.process.pid) return 'it does not run'
      const { repairs, mounts } = action.run
      const look = repairs.reduce(repaired, run.look)
      run.look = repairs.length === 0 ? look : { ...look, recorded: look.kernel }
      if (mounts !== undefined)
        return changeMounts(world, find(world, action.id), mounts, () => setRecord(world, action))
    }
    return setRecord(world, action)
  },
  'record-exit': (world, { id }) => {
    find(world, id).exitRecorded = true
    return null
  },
  'record-health': (world, { id, status }) => {
    const { run } = find(world, id)
    if (run?.health === undefined) return 'it has no health'
    run.health = { ...run.health, recorded: status }
    return null
  },
  'adopt-container': (world, { id }) => {
    const container = find(world, id)
    if (container.run?.shim !== 'lost') return 'there is nothing to adopt'
    container.run.shim = 'alive'
    container.stopAsked = false
    return null
  },
  'delete-container': (world, { id, deleteVolumes }) => {
    const container = find(world, id)
    if (container.run !== null) world.violations.push(`${id.slice(0, 12)} deleted while it runs`)
    for (const name of deleteVolumes) dropVolume(world, name, id)
    world.containers.delete(id)
    return null
  },
}

/** What a crash in the middle of the action leaves; `how` picks one of two halves. */
export function tear(world: World, action: Action, how: 0 | 1): void {
  if (action.kind === 'create-container' && how === 0) {
    perform(world, action)
    find(world, action.id).files = 'creating'
  } else if (action.kind === 'delete-container') {
    find(world, action.id).files = 'deleting'
    for (const name of action.deleteVolumes.slice(0, how)) dropVolume(world, name, action.id)
  } else if (isOfNetworks(action)) tearNetworks(world, action, how)
  else if (action.kind === 'start-container' && how === 0) {
    const container = find(world, action.id)
    if (run(world, container) === null) container.startingUntilMs = world.nowMs + 50
  } else if (action.kind === 'begin-stop') tearStop(world, action, how)
  else if (action.kind === 'update-limits' && how === 0) {
    const running = find(world, action.id).run
    if (running !== null) running.limits = action.limits
  } else if (action.kind === 'update-record' && action.run?.mounts !== undefined)
    tearMounts(find(world, action.id), action.run.mounts, how === 1 ? () => setRecord(world, action) : null)
  else if (how === 1) perform(world, action)
}

/** Either the record says a stop that the shim never heard of, or the shim stops what the record says nothing of. */
function tearStop(world: World, action: Of<'begin-stop'>, how: 0 | 1): void {
  const container = find(world, action.id)
  const { stop, stopAsked } = container
  const endsAtMs = container.run?.endsAtMs ?? null
  perform(world, action)
  if (how === 1) container.stop = stop
  else {
    container.stopAsked = stopAsked
    if (container.run !== null) container.run.endsAtMs = endsAtMs
  }
}

function setRecord(world: World, action: Of<'update-record' | 'update-limits'>): null {
  const container = find(world, action.id)
  container.declaration = recordOf(action.container)
  container.origin = action.container.origin
  container.recordedLimits = action.limits
  if (container.run !== null && container.run.health === undefined)
    beginProbes(container, container.run, world.nowMs, false)
  return null
}

function start(world: World, action: Of<'start-container'>): string | null {
  const container = find(world, action.id)
  const failure = run(world, container)
  if (failure === null) {
    world.unserved?.delete(action.id)
    world.proxied?.set(action.id, action.proxied ?? [])
  }
  const count = container.restarts.count + (action.restart ? 1 : 0)
  const failedStart = failure === null ? null : { atMs: world.nowMs, message: failure, code: 127 }
  container.restarts = { count, streak: action.streak, requestedAtMs: null, failedStart }
  container.stop = null
  container.stopAsked = false
  return failure
}

function run(world: World, container: ModelContainer): string | null {
  const name = fullName(container.declaration.name)
  const twins = [...world.containers.values()].filter(
    other => other !== container && fullName(other.declaration.name) === name && other.run !== null,
  )
  if (twins.length > 0) world.violations.push(`two of ${name} run at once`)
  if (container.run !== null || container.files !== 'whole' || container.unreadable !== null)
    world.violations.push(`${name} started in the wrong phase`)
  const anonymous = Object.entries(container.anonymousVolumes).filter(([, volume]) => !world.volumes.has(volume))
  const lacking = container.declaration.spec.mounts.filter(mount => lacksVolume(world, container, mount))
  for (const target of [...lacking.map(mount => mount.target), ...anonymous.map(([path]) => path)])
    world.violations.push(`${name} started before its volume for ${target} was there`)
  world.violations.push(...hastyStart(world, container), ...strayEndpoints(world, container))
  const missing = mountFailure(world, container)
  if (missing !== null) return missing
  const left = leftOf(world, container)
  if (left.failedStarts-- > 0) return 'no such program'
  container.run = newRun(world, container, left)
  beginProbes(container, container.run, world.nowMs, left.sickRuns-- > 0)
  container.last = null
  return null
}

function mountFailure(world: World, container: ModelContainer): string | null {
  for (const mount of container.declaration.spec.mounts) {
    if (lacksVolume(world, container, mount)) return `no volume for ${mount.target}`
    if (mount.type !== 'bind') continue
    const source = world.bindSources[mount.source]
    if (source?.known === true && source.value === 'absent') {
      if (!mount.createSource) return `no bind source ${mount.source}`
      world.bindSources[mount.source] = { known: true, value: 'directory' }
    }
  }
  return null
}

function newRun(world: World, container: ModelContainer, left: { exits: number }): Run {
  const { runsMs, code } = world.behaviourOf(container)
  const endsAtMs = left.exits-- > 0 ? world.nowMs + runsMs : null
  const exit: Exit = { kind: 'code', code, atMs: endsAtMs ?? 0 }
  const { recordedLimits: limits } = container
  const look = lookOf({ frozen: container.declaration.state === 'paused' })
  return {
    pid: world.nextPid,
    startTicks: `${world.nextPid++}`,
    startedAtMs: world.nowMs,
    shim: 'alive',
    limits,
    look,
    mountDrifts: [],
    linkFaults: [],
    bound: [],
    verdict: null,
    endsAtMs,
    exit,
  }
}

function leftOf(world: World, container: ModelContainer): Left {
  const name = fullName(container.declaration.name)
  const { exits, failedStarts, sickRuns = 0 } = world.behaviourOf(container)
  const left = world.left.get(name) ?? { exits, failedStarts, sickRuns }
  world.left.set(name, left)
  return left
}

function dropVolume(world: World, name: string, owner: ContainerId | null): null {
  const users = [...world.containers.values()].filter(user => user.id !== owner && uses(user, name))
  if (users.length > 0) world.violations.push(`volume ${name} deleted while ${users[0]?.id.slice(0, 12)} uses it`)
  world.volumes.delete(name)
  return null
}

const uses = (container: ModelContainer, volume: string): boolean =>
  Object.values(container.anonymousVolumes).includes(volume) ||
  container.declaration.spec.mounts.some(mount => mount.type === 'volume' && mount.name === volume)

function find(world: World, id: ContainerId): ModelContainer {
  const found = world.containers.get(id)
  if (found === undefined) throw new Error(`no container ${id}`)
  return found
}
