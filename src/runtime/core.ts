import { join } from 'node:path'
import type { Result } from '../model/errors.ts'
import { ok } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import type { ProcessIdentity } from '../model/identity.ts'
import type { Names, Repair } from '../model/run-facts.ts'
import { packageRoot } from '../package-root.ts'
import type { MountEdit } from '../model/mount-drift.ts'
import { eventStream } from './event-stream.ts'
import { assembleLayer, unpackLayer } from './layers.ts'
import type { AssembleRequest, Assembling, Copied, CopyTreeRequest, CopyUpRequest } from './layers.ts'
import type { UnpackRequest, Unpacking } from './layers.ts'
import { loadNative } from './native.ts'
import type { Bridge, ForwardedFamily, NamedRun, PlanInterface } from './network.ts'
import type { ProxiedProcess, SeenLink, SeenNetworks, SeenProxy, SeenResolver } from './network.ts'
import { operations } from './operations.ts'
import type { PlanMount, StartPlan } from './plan.ts'
import type {
  CoreConfig,
  CoreEvent,
  CoreFeatures,
  LostRun,
  Opened,
  OpDone,
  RanNft,
  Run,
  Started,
  WireStarted,
} from './wire.ts'
import { fromWire, toWire } from './wire-limits.ts'
import type { WireLimits } from './wire-limits.ts'

/** A flock(2) that is held until it is released or the process ends. */
export type Lock = { release(): void }

type RunningProcess = Pick<ProcessIdentity, 'pid' | 'startTicks'>

export type ContainerProcess = { readonly containerId: string; readonly process: RunningProcess }

export type MountRequest = {
  readonly containerId: string
  readonly process: ProcessIdentity
  readonly edit: MountEdit
  readonly mount: PlanMount
}

/** The native core as an object. Promises end when the operation does; they never reject for what can be expected. */
export type Core = {
  readonly bootId: string
  readonly features: CoreFeatures
  /** Makes the cgroups with their limits, then the container; leaves nothing on failure. On success it is watched. */
  start(plan: StartPlan, limits: Limits): Promise<Result<Started>>
  /** Asks the shim, which sends the signal and after the grace SIGKILL; ends at once. E_SHIM when there is no shim. */
  stop(containerId: string, signal: number, graceMs: number): Promise<Result<void>>
  /** Writes the limits in the kernel's order, and reads them back. E_CGROUP: refused, the old memory limits stand. */
  update(containerId: string, limits: Limits): Promise<Result<{ readonly limits: Limits }>>
  /** Puts one thing right under exactly this process; E_GONE: it is no more. Gives how many processes that concerned. */
  repair(containerId: string, process: ProcessIdentity, repair: Repair): Promise<Result<{ readonly processes: number }>>
  /** Host and domain names as these processes have them, in their order; null: it is no more. */
  names(processes: readonly ProcessIdentity[]): Promise<Result<readonly (Names | null)[]>>
  /**
   * One mount in the mount namespace of exactly this process. E_BUSY: a path has not answered for two seconds; E_GONE: the
   * process, or what was to be remounted, is no more. `busy`: what was taken away is in use, and stays for who has it open.
   */
  mount(request: MountRequest): Promise<Result<{ readonly busy: boolean }>>
  /**
   * A new shim for a container whose shim is lost, or the old one found again; then watched. E_GONE: there is nothing to
   * adopt, or no run directory says so any more; then `lost` does.
   */
  adopt(containerId: string, lost?: LostRun): Promise<Result<Started>>
  /** Makes a bridge of the host, or makes it so, and lets packets of these families through. E_BUSY: another's link has the name. */
  network(bridge: Bridge, forwarding: readonly ForwardedFamily[]): Promise<Result<{ readonly link: SeenLink }>>
  /** The link that has exactly this alias, whatever it is called. */
  networkRemove(name: string, alias: string): Promise<Result<{ readonly removed: boolean }>>
  /** Those of exactly this process are made so again; what is right is not touched. E_GONE: it is no more. */
  interfaces(containerId: string, process: RunningProcess, interfaces: readonly PlanInterface[]): Promise<Result<void>>
  /** What the network namespaces of the host and of these containers have. */
  links(containers: readonly ContainerProcess[], host: boolean): Promise<Result<SeenNetworks>>
  /** The program nft. */
  nft(args: readonly string[]): Promise<Result<RanNft>>
  /** Who answers names at 127.0.0.11 of containers; with runs to serve it is started, or replaced by this build's, and serves them. */
  resolver(serve: readonly NamedRun[]): Promise<Result<SeenResolver>>
  /** Whom the one in this directory answers; for a core that only looks. */
  lookAtResolver(dir: string): Promise<Result<SeenResolver>>
  /** What the proxy holds; with runs to serve as for the resolver. E_BUSY: somebody else has a port of these, and it says which. */
  proxy(serve: readonly ProxiedProcess[]): Promise<Result<SeenProxy>>
  lookAtProxy(dir: string): Promise<Result<SeenProxy>>
  /** Kills what lives in the container's cgroups and removes all that is left of its run. Idempotent. */
  cleanup(containerId: string): Promise<Result<void>>
  /** One pass: the blob that is written to the sink is hashed, decompressed, recorded for tar-split and unpacked. */
  unpack(request: UnpackRequest): Unpacking
  /** The reverse: a layer's tar stream, from its files and its tar-split. */
  assemble(request: AssembleRequest): Assembling
  /**
   * Everything written to the file system of an open directory is on its disk. The descriptor is opened before the writing
   * begins: the kernel tells of the errors since then.
   */
  sync(directoryFd: number): Promise<Result<void>>
  /** Owner, mode, times, extended attributes, hard links, holes and devices come along. */
  copyUp(request: CopyUpRequest): Promise<Result<Copied>>
  /** The same for a whole tree, without what is mounted below it. E_SPEC: `from` holds `into`. */
  copyTree(request: CopyTreeRequest): Promise<Result<Copied>>
  /** Never waits: E_BUSY when somebody else holds it. */
  lock(path: string, mode: 'shared' | 'exclusive', create: boolean): Result<Lock>
  /** Idempotent. `network`: its links, too (those of a run that was started with interfaces are). E_GONE: the process is no more. */
  watch(run: Run, network?: boolean): Result<void>
  /** The host's links, and our table of nftables. Idempotent. */
  watchNetwork(): Result<void>
  unwatch(containerId: string): void
  /** Bind sources, instead of those named before: a change of what stands there is told. Only paths that have answered. */
  watchPaths(paths: readonly string[]): void
  /** One of them, after an event of it and before a look there: it may lie elsewhere by now. */
  watchPathAnew(path: string): void
  signal(pid: number, startTicks: string, signal: number): Result<void>
  /** Does somebody still write this file? null: its file system doesn't tell. */
  isBeingWritten(path: string): boolean | null
  /** sd_notify(3): `socket` as in $NOTIFY_SOCKET, `state` lines of NAME=value. */
  notify(socket: string, state: string): Result<void>
  /** Returns what ends the subscription. */
  onEvent(listener: (event: CoreEvent) => void): () => void
  /** Waits for operations that have begun. */
  close(): void
}

const libraryPath = join(packageRoot, 'build/librc.so')

/** Opens the core for one data-root. A library that can't be loaded throws: the installation is broken. */
export function openCore(config: CoreConfig): Result<Core> {
  const native = loadNative(libraryPath)
  const opened = native.open(config) as Result<Opened>
  if (!opened.ok) return opened
  const { handle, eventFd, bootId, features } = opened.value
  const listeners = new Set<(event: CoreEvent) => void>()
  const stream = eventStream(eventFd, () => {
    for (const record of native.events(handle) as readonly (CoreEvent | OpDone)[]) {
      if (record.type === 'opDone') submitted.finish(record)
      else for (const listener of listeners) listener(record)
    }
  })
  const submitted = operations(request => native.submit(handle, request) as Result<{ op: number }>, stream.hold)
  const call = <T>(request: object): Result<T> => native.call(handle, request) as Result<T>
  let closed = false
  return ok({
    bootId,
    features,
    start: async (plan, limits) =>
      withLimits(await submitted.begin<WireStarted>({ op: 'start', plan, limits: toWire(limits) }), limits),
    stop: (containerId, signal, graceMs) => submitted.begin<void>({ op: 'stop', containerId, signal, graceMs }),
    update: async (containerId, limits) =>
      withLimits(
        await submitted.begin<{ limits: WireLimits }>({ op: 'update', containerId, limits: toWire(limits) }),
        limits,
      ),
    mount: ({ containerId, process: { pid, startTicks }, edit, mount }) =>
      submitted.begin<{ busy: boolean }>({ op: 'mount', containerId, pid, startTicks, edit, mount }),
    repair: (containerId, { pid, startTicks }, repair) =>
      submitted.begin<{ processes: number }>({ op: 'repair', containerId, pid, startTicks, repair }),
    names: async processes => {
      const asked = processes.map(({ pid, startTicks }) => ({ pid, startTicks }))
      const read = await submitted.begin<{ names: readonly (Names | null)[] }>({ op: 'names', processes: asked })
      return read.ok ? ok(read.value.names) : read
    },
    network: (bridge, forwarding) => submitted.begin<{ link: SeenLink }>({ op: 'network', bridge, forwarding }),
    networkRemove: (name, alias) => submitted.begin<{ removed: boolean }>({ op: 'networkRemove', name, alias }),
    interfaces: (containerId, { pid, startTicks }, interfaces) =>
      submitted.begin<void>({ op: 'interfaces', containerId, pid, startTicks, interfaces }),
    links: (containers, host) => {
      const namespaces = containers.map(({ containerId, process: { pid, startTicks } }) => ({
        containerId,
        pid,
        startTicks,
      }))
      return submitted.begin<SeenNetworks>({ op: 'links', namespaces, host })
    },
    nft: args => submitted.begin<RanNft>({ op: 'nft', args }),
    resolver: serve => submitted.begin<SeenResolver>({ op: 'resolver', serve }),
    proxy: serve => submitted.begin<SeenProxy>({ op: 'proxy', serve }),
    lookAtProxy: dir => submitted.begin<SeenProxy>({ op: 'proxy', serve: [], dir }),
    lookAtResolver: dir => submitted.begin<SeenResolver>({ op: 'resolver', serve: [], dir }),
    adopt: async (containerId, lost) =>
      withLimits(await submitted.begin<WireStarted>({ op: 'adopt', containerId, lost }), null),
    cleanup: containerId => submitted.begin<void>({ op: 'cleanup', containerId }),
    unpack: request => unpackLayer(submitted, request),
    assemble: request => assembleLayer(submitted, request),
    sync: directoryFd => submitted.begin<void>({ op: 'sync', directoryFd }),
    copyUp: request => submitted.begin<Copied>({ op: 'copyUp', ...request }),
    copyTree: request => submitted.begin<Copied>({ op: 'copyTree', ...request }),
    lock: (path, mode, create) => {
      const taken = call<{ lock: number }>({ op: 'lock', path, mode, create })
      if (!taken.ok) return taken
      return ok({ release: () => void (closed || call({ op: 'unlock', lock: taken.value.lock })) })
    },
    watch: (run, network = false) => call<void>({ op: 'watch', ...run, network }),
    watchNetwork: () => call<void>({ op: 'watchNetwork' }),
    watchPaths: paths => void call({ op: 'watchPaths', paths }),
    watchPathAnew: path => void call({ op: 'watchPathAnew', path }),
    unwatch: containerId => void call({ op: 'unwatch', containerId }),
    signal: (pid, startTicks, signal) => call<void>({ op: 'signal', pid, startTicks, signal }),
    isBeingWritten: path => {
      const asked = call<{ open: boolean | null }>({ op: 'writers', path })
      return asked.ok ? asked.value.open : null
    },
    notify: (socket, state) => call<void>({ op: 'notify', socket, state }),
    onEvent: listener => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => {
      if (closed) return
      closed = true
      native.close(handle)
      stream.close()
      submitted.abandon()
    },
  })
}

function withLimits<T extends { readonly limits: WireLimits }>(
  answer: Result<T>,
  asked: Limits | null,
): Result<Omit<T, 'limits'> & { readonly limits: Limits }> {
  return answer.ok ? ok({ ...answer.value, limits: fromWire(answer.value.limits, asked) }) : answer
}

export type { CoreEvent, LostRun, Run, Started } from './wire.ts'
