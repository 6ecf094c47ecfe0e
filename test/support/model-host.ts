import { recordedMounts } from '../../src/model/recorded-mounts.ts'
import type { Action } from '../../src/model/action.ts'
import { known } from '../../src/model/errors.ts'
import { type ContainerId, fullName } from '../../src/model/identity.ts'
import type { Exit, HeldRun, ObservedState, Unserved } from '../../src/model/observed.ts'
import { perform, tear, type World } from './model-actions.ts'
import {
  armStop,
  type Behaviour,
  fromObserved,
  hearProbes,
  type ModelContainer,
  type Run,
  toObserved,
} from './model-containers.ts'
import { lookOf } from './model-looks.ts'
import {
  endPulls,
  forgetPulls,
  modelPulls,
  nextPullEndMs,
  pullOperations,
  type Remotes,
  seenPulls,
} from './model-pulls.ts'
import { bootId, minting } from './specs.ts'

const steady: Behaviour = { exits: 0, code: 0, runsMs: 0, stopTakesMs: 300, failedStarts: 0 }

/** What others do to a running container of this name; nothing happens to one that does not run. */
export type Deed = {
  readonly name: string
  readonly what:
    | 'kill the payload'
    | 'kill the shim'
    | 'write the pids limit'
    | 'freeze it'
    | 'move it away'
    | 'unmount its first mount'
}
/** what somebody writes into pids.max by hand */
export const foreignPids = 99

export type Touch = {
  readonly atMs: number
  readonly action: Action['kind']
  readonly id: string
  /** of which bound file it was told, and how */
  readonly told?: { readonly target: string; readonly signal: string | null }
}

/**
 * A host in memory: it carries out every action, its stops end later, its processes exit, and a step can be torn. It
 * knows nothing of the planner; `violations` lists what no plan may ever do.
 */
export type ModelHost = {
  readonly observe: () => ObservedState
  readonly mint: () => ContainerId
  /** null, or why it failed */
  readonly execute: (action: Action) => string | null
  readonly tear: (action: Action, how: 0 | 1) => void
  readonly disturb: (deed: Deed) => void
  /** the process that carries out steps dies: only what is on the host stays */
  readonly die: () => void
  readonly arrivedAtMs: (reference: string) => number | undefined
  readonly advanceTo: (ms: number) => void
  /** when something will happen by itself, or null */
  readonly nextEventMs: () => number | null
  readonly contentsOf: (volume: string) => string | undefined
  readonly violations: readonly string[]
  readonly touches: readonly Touch[]
}

export function modelHost(
  start: ObservedState,
  behaviours: Readonly<Record<string, Behaviour>>,
  remotes: Remotes = {},
): ModelHost {
  const world = worldOf(start, behaviours, remotes)
  const touches: Touch[] = []
  const touch = (action: Action) => touches.push({ atMs: world.nowMs, ...touchOf(action) })
  return {
    mint: minting(),
    violations: world.violations,
    touches,
    contentsOf: name => world.volumes.get(name)?.contents,
    execute: action => {
      touch(action)
      return perform(world, action)
    },
    tear: (action, how) => {
      touch(action)
      tear(world, action, how)
    },
    nextEventMs: () => {
      const times = [...world.containers.values()].flatMap(({ run, startingUntilMs }) =>
        [run?.endsAtMs ?? null, run?.verdict?.atMs ?? null, startingUntilMs].filter(time => time !== null),
      )
      const all = [...times, ...nextPullEndMs(world.pulls)]
      return all.length === 0 ? null : Math.min(...all)
    },
    disturb: deed => disturb(world, deed),
    die: () => forgetPulls(world.pulls),
    arrivedAtMs: reference => world.pulls.arrivedAtMs.get(reference),
    advanceTo: ms => advance(world, ms),
    observe: () => observe(world, start),
  }
}

const touchOf = (action: Action): Omit<Touch, 'atMs'> => ({
  action: action.kind,
  id: objectOf(action),
  ...(action.kind === 'answer-change' ? { told: { target: action.target, signal: action.signal } } : {}),
})

const objectOf = (action: Action): string =>
  'id' in action
    ? action.id
    : 'reference' in action
      ? action.reference
      : 'network' in action
        ? action.network.name
        : 'name' in action
          ? action.name
          : 'runs' in action
            ? action.kind === 'serve-names'
              ? 'resolver'
              : 'proxy'
            : 'ruleset'

function worldOf(start: ObservedState, behaviours: Readonly<Record<string, Behaviour>>, remotes: Remotes): World {
  const world: World = {
    nowMs: start.nowMs,
    nextPid: 5000,
    containers: new Map(start.containers.map(container => [container.id, fromObserved(container, start)])),
    volumes: new Map(start.volumes.map(volume => [volume.name, { ...volume, contents: `of ${volume.name}` }])),
    networks: new Map((start.networks ?? []).map(network => [network.name, network])),
    ruleset: start.ruleset?.known === true ? start.ruleset.value : undefined,
    noFilter: start.noFilter,
    unserved: start.unserved?.known === true ? new Set(start.unserved.value.map(({ id }) => id)) : undefined,
    proxied:
      start.proxied?.known === true ? new Map(start.proxied.value.map(({ id, sockets }) => [id, sockets])) : undefined,
    bindSources: { ...start.bindSources },
    left: new Map(),
    pulls: modelPulls(start, remotes),
    behaviourOf: ({ declaration }) => behaviours[fullName(declaration.name)] ?? steady,
    violations: [],
  }
  for (const container of world.containers.values()) armStop(container, world.behaviourOf(container))
  return world
}

function advance(world: World, ms: number): void {
  world.nowMs = Math.max(world.nowMs, ms)
  endPulls(world.pulls, world.nowMs)
  for (const container of world.containers.values()) {
    if (container.startingUntilMs !== null && container.startingUntilMs <= world.nowMs) container.startingUntilMs = null
    const { run } = container
    if (run !== null) hearProbes(run, world.nowMs)
    if (run !== null && run.endsAtMs !== null && run.endsAtMs <= world.nowMs) end(container, run, run.endsAtMs)
  }
}

function disturb(world: World, { name, what }: Deed): void {
  const hit = [...world.containers.values()].find(({ declaration }) => fullName(declaration.name) === name)
  if (!hit?.run) return
  if (what === 'write the pids limit') hit.run.limits = { ...hit.run.limits, pids: foreignPids }
  else if (what === 'freeze it') hit.run.look = lookOf({ frozen: true })
  else if (what === 'move it away') hit.run.look = lookOf({ outsideOf: ['memory'], outsideAt: '/' })
  else if (what === 'kill the shim') hit.run.shim = 'lost'
  else if (what === 'unmount its first mount') {
    hit.run.mountDrifts = recordedMounts(hit)
      .slice(0, 1)
      .map(mount => ({ mount, fault: { kind: 'missing' } }))
  } else {
    hit.run.exit = { kind: 'signal', signal: 9, oom: false, atMs: world.nowMs }
    end(hit, hit.run, world.nowMs)
  }
}

function end(container: ModelContainer, run: Run, atMs: number): void {
  const exit: Exit = run.shim === 'lost' ? { kind: 'unknown', why: 'nobody saw it', atMs } : { ...run.exit, atMs }
  container.last = { exit, startedAtMs: run.startedAtMs }
  container.run = null
  container.startingUntilMs = null
  container.exitRecorded = false
}

const observe = (world: World, start: ObservedState): ObservedState => ({
  nowMs: world.nowMs,
  bootId,
  kernel: start.kernel,
  containers: sortedBy([...world.containers.values()], ({ id }) => id).map(one => toObserved(one, world.nowMs)),
  volumes: sortedBy([...world.volumes.values()], ({ name }) => name).map(
    ({ contents: _contents, ...volume }) => volume,
  ),
  operations: [
    ...[...world.containers.values()].flatMap(({ id, run, stop }) =>
      run !== null && stop !== null ? [{ kind: 'stop' as const, containerId: id, ...stop }] : [],
    ),
    ...pullOperations(world.pulls),
  ],
  ...seenPulls(world.pulls),
  bindSources: { ...world.bindSources },
  ...(start.networks === undefined ? {} : { networks: sortedBy([...world.networks.values()], ({ name }) => name) }),
  ...(world.ruleset === undefined ? {} : { ruleset: known(world.ruleset) }),
  ...(world.noFilter === undefined ? {} : { noFilter: world.noFilter }),
  ...(world.unserved === undefined ? {} : { unserved: known(unservedRuns(world, world.unserved)) }),
  ...(world.proxied === undefined ? {} : { proxied: known(heldRuns(world, world.proxied)) }),
  ...(start.subnets === undefined ? {} : { subnets: start.subnets }),
  ...(start.listeners === undefined ? {} : { listeners: start.listeners }),
})

const unservedRuns = ({ containers }: World, ids: ReadonlySet<string>): Unserved[] =>
  sortedBy([...containers.values()], ({ id }) => id).flatMap(({ id, run }) =>
    run === null || !ids.has(id) ? [] : [{ id, process: { pid: run.pid, startTicks: run.startTicks, bootId } }],
  )

const heldRuns = ({ containers }: World, held: ReadonlyMap<string, readonly string[]>): HeldRun[] =>
  sortedBy([...containers.values()], ({ id }) => id).flatMap(({ id, run }) => {
    const sockets = run === null ? [] : (held.get(id) ?? [])
    return sockets.length === 0 ? [] : [{ id, sockets, missing: [] }]
  })

const sortedBy = <T>(items: readonly T[], key: (item: T) => string): T[] =>
  items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
