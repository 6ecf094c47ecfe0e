import * as fc from 'fast-check'
import type {
  DesiredContainer,
  DesiredSource,
  DesiredState,
  DesiredVolume,
  Mount,
  Origin,
  RestartPolicy,
} from '../../src/model/desired.ts'
import type { Hold } from '../../src/model/hold.ts'
import { normalise } from '../../src/model/limits.ts'
import type { MountDrift, MountFault } from '../../src/model/mount-drift.ts'
import { recordedMounts } from '../../src/model/recorded-mounts.ts'
import type { ObservedContainer, ObservedState, ObservedVolume, Phase, RestartFacts } from '../../src/model/observed.ts'
import type { RunLook } from '../../src/model/run-facts.ts'
import type { Behaviour } from './model-containers.ts'
import { fatal, harmless, healable, lookOf } from './model-looks.ts'
import { pullsFrom, references, someBase, tag, usually } from './arbitraries-images.ts'
import { imageIds, type Remotes, volumeTargets } from './model-pulls.ts'
import * as specs from './specs.ts'

/** A whole situation: what is asked for, what is there, and what its processes will do. */
export type Situation = {
  readonly desired: DesiredState
  readonly observed: ObservedState
  readonly behaviours: Readonly<Record<string, Behaviour>>
  readonly remotes: Remotes
}

const otherSource = '/srv/others'
const names = ['a', 'b', 'shop/a'] as const
const files = ['one.yaml', 'two.yaml'].map(file => `${specs.directory}/${file}`)
const [firstFile = '', secondFile = ''] = files

const mounts: readonly Mount[] = [
  { type: 'volume', name: 'data', target: '/data', readOnly: false, noCopy: false },
  { type: 'volume', name: 'logs', target: '/logs', readOnly: false, noCopy: false },
  { type: 'volume', name: null, target: '/cache', readOnly: false, noCopy: false },
  { type: 'volume', name: null, target: '/data/spool', readOnly: false, noCopy: false },
  bind('/srv/site', false),
  bind('/srv/new', true),
  bind('/srv/gone', false),
]
function bind(source: string, createSource: boolean): Mount {
  const target = `/mnt${source}`
  return { type: 'bind', source, target, readOnly: false, recursive: true, propagation: 'rprivate', createSource }
}

const someMounts = fc
  .tuple(fc.subarray(mounts.slice(0, 6), { maxLength: 3 }), usually(false, fc.constant(true), 9))
  .map(([some, gone]) => [...some, ...(gone ? mounts.slice(6) : [])])

const someLimits = fc.record({
  memoryBytes: fc.constantFrom(null, 64 * specs.mib, 96 * specs.mib + 1),
  memorySwapBytes: usually<number | null>(null, fc.constantFrom(-1, 256 * specs.mib)),
  pids: fc.constantFrom(null, 32),
})

/** Declared by our source, unless another is named. */
const container = (name: string, source = specs.directory): fc.Arbitrary<DesiredContainer> =>
  fc
    .record({
      base: someBase,
      command: fc.constantFrom('first', 'second'),
      mounts: someMounts,
      limits: someLimits,
      bestEffort: fc.boolean(),
      policy: fc.constantFrom<RestartPolicy['policy']>('always', 'always', 'unless-stopped', 'no', 'on-failure'),
      maxRetries: fc.constantFrom(0, 2),
      state: usually<'running' | 'stopped'>('running', fc.constant('stopped')),
      heal: usually<'auto' | 'report'>('auto', fc.constant('report')),
      label: fc.constantFrom('x', 'y'),
      file: fc.constantFrom(...files),
      line: fc.constantFrom(4, 9),
    })
    .map(wish =>
      specs.containerOf(name, {
        spec: {
          command: [wish.command],
          mounts: wish.mounts,
          image: wish.base.image,
          rootfs: wish.base.image === null ? 'host' : null,
        },
        pull: wish.base.pull,
        heal: wish.heal,
        limits: wish.limits,
        bestEffort: wish.bestEffort,
        restart: { policy: wish.policy, maxRetries: wish.maxRetries },
        state: wish.state,
        labels: { label: wish.label },
        origin: specs.originAt(source === specs.directory ? wish.file : `${source}/x.yaml`, wish.line, source),
      }),
    )

const phase: fc.Arbitrary<Phase> = fc.oneof(
  {
    weight: 8,
    arbitrary: usually(
      specs.runningSince(specs.startMs - 5000),
      fc.constant(specs.runningSince(specs.startMs - 5000, 'lost')),
    ),
  },
  { weight: 3, arbitrary: fc.constant<Phase>({ phase: 'created' }) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 7), fc.nat(20_000))
      .map(([code, ranMs]) => specs.exitedWith(code, specs.startMs - 100, specs.startMs - 100 - ranMs)),
  },
  { weight: 1, arbitrary: fc.constantFrom<Phase>({ phase: 'creating' }, { phase: 'deleting' }, { phase: 'starting' }) },
)

const restarts: fc.Arbitrary<RestartFacts> = fc.record({
  count: fc.nat(3),
  streak: fc.nat(3),
  requestedAtMs: usually<number | null>(null, fc.constantFrom(specs.startMs - 10, specs.startMs - 50_000)),
  failedStart: usually<RestartFacts['failedStart']>(
    null,
    fc.constant({ atMs: specs.startMs - 50, message: 'no such program', code: 127 }),
    9,
  ),
})

const look: fc.Arbitrary<RunLook> = usually(
  lookOf(),
  fc.constantFrom(...healable, ...healable, ...fatal, ...harmless).map(kernel => lookOf(kernel)),
)

const hold: fc.Arbitrary<Hold | null> = usually<Hold | null>(
  null,
  fc.constantFrom(
    { sinceMs: specs.startMs - 5000, untilMs: specs.startMs + 30_000, reason: 'I look at it' },
    { sinceMs: specs.startMs - 5000, untilMs: specs.startMs - 1, reason: 'over' },
  ),
)

/** All that can be healed in place, but for mounts, was healed five times in a row just now. */
const parked = Object.fromEntries(
  ['memory', 'cgroup', 'frozen', 'ulimits.nofile', 'oomScoreAdj'].map(field => [
    field,
    { atMs: [5, 4, 3, 2, 1].map(ago => specs.startMs - ago), parked: 0 },
  ]),
)

type Seed = {
  readonly hold: Hold | null
  readonly heals: NonNullable<ObservedContainer['heals']>
  readonly container: DesiredContainer
  readonly phase: Phase
  readonly unreadable: boolean
  readonly restarts: RestartFacts
  readonly drifted: boolean
  /** what became of one of its mounts while it ran */
  readonly mountFault: MountFault | null
  /** beside its limits */
  readonly look: RunLook
  readonly stopping: number | null
  readonly exitRecorded: boolean
  readonly stopRequested: boolean
  readonly inherits: boolean
  readonly volumesThere: boolean
  /** of which image it was made, if of any */
  readonly imageId: string
}

const mountFault = fc.constantFrom<MountFault>(
  { kind: 'missing' },
  { kind: 'replaced', by: 'a tmpfs' },
  { kind: 'options', wanted: 'rw', found: 'ro' },
  { kind: 'source-replaced', shows: null },
  { kind: 'hidden', by: 'a tmpfs' },
)

const seed = (name: string, source: string, declared: DesiredContainer | null): fc.Arbitrary<Seed> =>
  fc.record({
    container:
      declared === null || source !== specs.directory ? container(name, source) : usually(declared, container(name), 2),
    phase,
    unreadable: usually(false, fc.constant(true), 20),
    restarts,
    drifted: usually(false, fc.constant(true)),
    mountFault: usually<MountFault | null>(null, mountFault),
    look,
    hold,
    heals: usually<Seed['heals']>({}, fc.constant(parked)),
    stopping: usually<number | null>(null, fc.constantFrom(100, 60_000)),
    exitRecorded: fc.boolean(),
    stopRequested: usually(false, fc.constant(true)),
    inherits: fc.boolean(),
    volumesThere: usually(true, fc.constant(false)),
    imageId: usually(imageIds.old, fc.constant(imageIds.new)),
  })

/** None, one or two recorded containers of one name and place; at most the first one lives. */
const recorded = (name: string, declared: DesiredContainer | null): fc.Arbitrary<Seed[]> =>
  usually<string>(specs.directory, fc.constant(otherSource)).chain(source =>
    fc.array(seed(name, source, declared), { maxLength: 2 }).map(seeds => seeds.map(one => besides(one, seeds[0]))),
  )

function besides(one: Seed, first: Seed | undefined): Seed {
  if (first === undefined || one === first) return one
  const container = { ...one.container, origin: first.container.origin }
  return { ...one, container, phase: lives(one.phase) ? { phase: 'created' } : one.phase }
}
const lives = ({ phase: name }: Phase) => name === 'running' || name === 'starting'

const volumeOrigin: fc.Arbitrary<Origin | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...files).map(file => specs.originAt(file, 15)) },
  { weight: 1, arbitrary: fc.constantFrom(null, specs.originAt(`${otherSource}/x.yaml`, 15, otherSource)) },
)
const seenVolume = (name: string): fc.Arbitrary<ObservedVolume[]> =>
  fc.array(
    fc
      .record({
        origin: volumeOrigin,
        removal: fc.constantFrom('keep' as const, 'delete' as const),
        label: fc.constantFrom('x', 'y'),
      })
      .map(({ origin, removal, label }) => specs.volumeSeen(name, { origin, removal, labels: { label } })),
    { maxLength: 1 },
  )
const declaredVolume = (name: string): fc.Arbitrary<DesiredVolume[]> =>
  fc.array(
    fc
      .record({
        file: fc.constantFrom(...files),
        removal: fc.constantFrom('keep' as const, 'delete' as const),
        label: fc.constantFrom('x', 'y'),
      })
      .map(({ file, removal, label }) =>
        specs.volumeOf(name, { origin: specs.originAt(file, 15), removal, labels: { label } }),
      ),
    { maxLength: 1 },
  )

const source: fc.Arbitrary<DesiredSource> = fc
  .record({
    read: usually<DesiredSource['read']>('ok', fc.constantFrom('empty', 'vanished', 'unread'), 8),
    scope: usually<DesiredSource['scope']>('all', fc.constant([firstFile])),
    badFiles: usually<string[]>([], fc.constant([secondFile])),
    allowEmpty: fc.boolean(),
  })
  .map(specs.sourceOf)

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  exits: usually(0, fc.integer({ min: 1, max: 3 }), 2),
  code: fc.constantFrom(0, 7),
  runsMs: fc.constantFrom(20, 3000, 15_000),
  stopTakesMs: fc.constantFrom(0, 300, 60_000),
  failedStarts: usually(0, fc.constant(1)),
})

export const situation: fc.Arbitrary<Situation> = fc
  .tuple(...names.map(name => fc.option(container(name), { freq: 4 })))
  .chain(declared =>
    fc.record({
      declared: fc.constant(declared.filter(one => one !== null)),
      recorded: fc.tuple(...names.map((name, index) => recorded(name, declared[index] ?? null))).map(all => all.flat()),
      declaredVolumes: fc.tuple(declaredVolume('data'), declaredVolume('logs')).map(all => all.flat()),
      volumes: fc.tuple(...['data', 'logs', 'old'].map(seenVolume)).map(all => all.flat()),
      source,
      kernel: usually(specs.kernel, fc.constant(specs.kernelWithout('memorySwapBytes'))),
      behaviours: fc.tuple(behaviour, behaviour, behaviour),
      tags: fc.tuple(tag, tag),
    }),
  )
  .map(({ declared, recorded: seeds, declaredVolumes, volumes, source: one, kernel, behaviours, tags }) => {
    const readable = <T extends { readonly origin: Origin }>(objects: readonly T[]) =>
      objects.filter(
        ({ origin: { file } }) =>
          one.read === 'ok' && !one.badFiles.includes(file) && (one.scope === 'all' || one.scope.includes(file)),
      )
    const desired = specs.desiredOf(readable(declared), { sources: [one], volumes: readable(declaredVolumes) })
    const behavioursByName = Object.fromEntries(names.map((name, index) => [name, behaviours[index] ?? behaviours[0]]))
    const tagged = references.map((reference, index) => [reference, tags[index] ?? tags[0]] as const)
    const remotes = Object.fromEntries(tagged.map(([reference, { remote }]) => [reference, remote]))
    const observed = { ...observedFrom(seeds, volumes, kernel), ...pullsFrom(tagged) }
    return { desired, observed, behaviours: behavioursByName, remotes }
  })

function observedFrom(
  seeds: readonly Seed[],
  volumes: readonly ObservedVolume[],
  kernel: ObservedState['kernel'],
): ObservedState {
  const containers: ObservedContainer[] = []
  const anonymous = new Map<string, boolean>()
  for (const [index, one] of seeds.entries()) {
    const twin = containers.find(
      ({ declaration }) => JSON.stringify(declaration.name) === JSON.stringify(one.container.name),
    )
    const own = one.container.spec.mounts.flatMap((mount, place) => {
      if (mount.type !== 'volume' || mount.name !== null) return []
      const inherited = one.inherits ? twin?.anonymousVolumes[mount.target] : undefined
      return [[mount.target, inherited ?? specs.idOf(1000 + index * 10 + place)] as const]
    })
    const { image } = one.container.spec
    for (const [place, target] of (image === null ? [] : volumeTargets(one.imageId)).entries())
      if (!one.container.spec.mounts.some(mount => mount.target === target))
        own.push([
          target,
          (one.inherits ? twin?.anonymousVolumes[target] : undefined) ?? specs.idOf(5000 + index * 10 + place),
        ])
    for (const [, name] of own) anonymous.set(name, one.volumesThere || anonymous.get(name) === true)
    containers.push(seenFrom(one, index, Object.fromEntries(own), kernel))
  }
  const there = [...anonymous].flatMap(([name, exists]) =>
    exists ? [specs.volumeSeen(name, { anonymous: true })] : [],
  )
  return specs.observedOf({
    kernel,
    containers,
    volumes: [...volumes, ...there],
    operations: seeds.flatMap(({ phase: { phase: name }, stopping }, index) =>
      stopping !== null && name === 'running'
        ? [
            {
              kind: 'stop' as const,
              containerId: specs.idOf(index + 1),
              sinceMs: specs.startMs - stopping,
              graceMs: 10_000,
            },
          ]
        : [],
    ),
    bindSources: {
      '/srv/site': { known: true, value: 'directory' },
      '/srv/new': { known: true, value: 'absent' },
      '/srv/gone': { known: true, value: 'absent' },
    },
  })
}

function seenFrom(
  one: Seed,
  index: number,
  anonymousVolumes: Record<string, string>,
  kernel: ObservedState['kernel'],
): ObservedContainer {
  const { limits } = normalise(one.container.limits, kernel)
  const kernelLimits = one.drifted ? { ...limits, memoryBytes: 32 * specs.mib } : limits
  const { image } = one.container.spec
  const stopped = one.phase.phase === 'exited' || one.phase.phase === 'created'
  return specs.seen(one.container, one.phase, {
    id: specs.idOf(index + 1),
    createdAtMs: specs.startMs - 90_000 + index,
    phase: one.unreadable ? { known: false, why: 'permission denied' } : { known: true, value: one.phase },
    recordedLimits: limits,
    kernelLimits: one.phase.phase === 'running' && !one.unreadable ? { known: true, value: kernelLimits } : null,
    ...mountDriftsOf(one, anonymousVolumes),
    hold: one.hold,
    heals: one.heals,
    look: one.phase.phase === 'running' && !one.unreadable ? { known: true, value: one.look } : null,
    restarts: { ...one.restarts, failedStart: stopped ? one.restarts.failedStart : null },
    anonymousVolumes,
    image: image === null ? null : { id: one.imageId, reference: image },
    exitRecorded: one.phase.phase !== 'exited' || one.exitRecorded,
    stopRequested: one.phase.phase === 'exited' && one.stopRequested,
  })
}

/** The first of its mounts, if it runs and has any. */
function mountDriftsOf(one: Seed, anonymousVolumes: Record<string, string>) {
  const [mount] = recordedMounts({ declaration: one.container, anonymousVolumes })
  if (one.phase.phase !== 'running' || one.unreadable || mount === undefined) return {}
  const drifts: MountDrift[] = one.mountFault === null ? [] : [{ mount, fault: one.mountFault }]
  return { mountDrifts: { known: true as const, value: drifts } }
}
