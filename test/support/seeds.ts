// One container as it may stand on a host, before a pass looks at it.
import * as fc from 'fast-check'
import { specDigest } from '../../src/manifest/digest.ts'
import type { BoundFile, FileContent } from '../../src/model/bound-file.ts'
import type {
  DeclaredState,
  Dependency,
  DesiredContainer,
  Mount,
  OnChange,
  RestartPolicy,
} from '../../src/model/desired.ts'
import { contentField } from '../../src/model/drift-fields.ts'
import type { DeclaredHealth, HealthStatus, OnUnhealthy } from '../../src/model/health.ts'
import type { Hold } from '../../src/model/hold.ts'
import type { MountFault } from '../../src/model/mount-drift.ts'
import type { ObservedContainer, Phase, RestartFacts } from '../../src/model/observed.ts'
import type { RunLook } from '../../src/model/run-facts.ts'
import { content } from './model-files.ts'
import { fatal, harmless, healable, lookOf } from './model-looks.ts'
import { someBase, usually } from './arbitraries-images.ts'
import { imageIds } from './model-pulls.ts'
import * as specs from './specs.ts'

export const otherSource = '/srv/others'
export const names = ['a', 'b', 'shop/a'] as const
export const files = ['one.yaml', 'two.yaml'].map(file => `${specs.directory}/${file}`)
export const [firstFile = '', secondFile = ''] = files

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
  .tuple(
    fc.subarray(mounts.slice(0, 6), { maxLength: 3 }),
    usually(false, fc.constant(true), 9),
    usually(false, fc.constant(true), 4),
  )
  .map(([some, gone, readOnly]) => [...some, ...(gone ? mounts.slice(6) : [])].map(one => ({ ...one, readOnly })))

/** A bind's target, of which model hosts pretend that it is a file. */
const boundFile = '/mnt/srv/site'

/** What became of a bound file of a run: nothing, mostly. */
const bound = usually<readonly BoundFile[]>(
  [],
  fc
    .record({
      before: usually<FileContent | null>(content('old'), fc.constant(null), 2),
      now: fc.constantFrom(content('new'), null),
      ago: fc.constantFrom(10, 5000),
    })
    .map(({ before, now, ago }) => {
      const value = { changedAtMs: specs.startMs - ago, content: ago < 250 ? now : (now ?? content('new')) }
      return [{ target: boundFile, source: '/srv/site', now: { known: true, value }, before }]
    }),
  1,
)

const someLimits = fc.record({
  memoryBytes: fc.constantFrom(null, 64 * specs.mib, 96 * specs.mib + 1),
  memorySwapBytes: usually<number | null>(null, fc.constantFrom(-1, 256 * specs.mib)),
  pids: fc.constantFrom(null, 32),
})

/** On what is there as a rule, sometimes on nothing, sometimes in a circle. */
const someDependencies: fc.Arbitrary<readonly Dependency[]> = usually<readonly Dependency[]>(
  [],
  fc.uniqueArray(
    fc
      .record({
        name: fc.constantFrom('a', 'b', 'shop/a', 'a', 'b', 'gone'),
        condition: fc.constantFrom('started' as const, 'healthy' as const, 'completed' as const),
        required: fc.boolean(),
        restartWith: fc.boolean(),
      })
      .map(need => ({ ...need, restartWith: need.restartWith && need.condition !== 'completed' })),
    { selector: ({ name }) => name, minLength: 1, maxLength: 2 },
  ),
  2,
)

const someHealth: fc.Arbitrary<DeclaredHealth | null> = usually<DeclaredHealth | null>(
  null,
  fc.constantFrom<OnUnhealthy>('restart', 'restart', 'recreate', 'none').map(onUnhealthy => ({
    probe: { kind: 'tcp', host: 'localhost', port: 80 },
    intervalMs: 1000,
    timeoutMs: null,
    startPeriodMs: null,
    startIntervalMs: null,
    retries: null,
    onUnhealthy,
  })),
  2,
)

/** What the probes of a run that has a check have said. */
const seenStatus = fc.record({
  status: fc.constantFrom<HealthStatus>('starting', 'healthy', 'healthy', 'unhealthy'),
  recorded: fc.constantFrom<HealthStatus>('starting', 'healthy', 'unhealthy'),
})

/** Declared by our source, unless another is named. */
export const container = (name: string, source = specs.directory): fc.Arbitrary<DesiredContainer> =>
  fc
    .record({
      base: someBase,
      command: fc.constantFrom('first', 'second'),
      mounts: someMounts,
      limits: someLimits,
      bestEffort: fc.boolean(),
      policy: fc.constantFrom<RestartPolicy['policy']>('always', 'always', 'unless-stopped', 'no', 'on-failure'),
      maxRetries: fc.constantFrom(0, 2),
      state: usually<DeclaredState>('running', fc.constantFrom('stopped', 'paused')),
      heal: usually<'auto' | 'report'>('auto', fc.constant('report')),
      onChange: fc.constantFrom<OnChange | null>(null, 'report', 'restart', { signal: 'SIGHUP' }, { signal: 'SIGHUP' }),
      label: fc.constantFrom('x', 'y'),
      dependsOn: someDependencies,
      health: someHealth,
      file: fc.constantFrom(...files),
      line: fc.constantFrom(4, 9),
    })
    .map(wish =>
      specs.containerOf(name, {
        ...(wish.onChange === null ? {} : { onChange: { [boundFile]: wish.onChange } }),
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
        ...(wish.dependsOn.length === 0 ? {} : { dependsOn: wish.dependsOn }),
        ...(wish.health === null ? {} : { health: wish.health }),
        origin: specs.originAt(source === specs.directory ? wish.file : `${source}/x.yaml`, wish.line, source),
      }),
    )

const phase: fc.Arbitrary<Phase> = fc.oneof(
  {
    weight: 8,
    arbitrary: usually(
      specs.runningSince(specs.startMs - 5000),
      fc.constantFrom(
        specs.runningSince(specs.startMs - 5000, 'lost'),
        specs.runningSince(specs.startMs - 9000, 'alive', '40'),
      ),
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

const renamed = {
  given: { hostname: 'web', domainname: '' },
  kernel: { hostname: 'other', domainname: '' },
}

const look: fc.Arbitrary<RunLook> = usually(
  lookOf(),
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.constantFrom(...healable, ...healable, ...fatal, ...harmless).map(kernel => lookOf(kernel)),
    },
    { weight: 1, arbitrary: fc.constant({ ...lookOf(), names: renamed }) },
  ),
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
  ['memory', 'cgroup', 'frozen', 'ulimits.nofile', 'oomScoreAdj', 'hostname', contentField(boundFile)].map(field => [
    field,
    { atMs: [5, 4, 3, 2, 1].map(ago => specs.startMs - ago), parked: 0 },
  ]),
)

export type Seed = {
  readonly hold: Hold | null
  readonly heals: NonNullable<ObservedContainer['heals']>
  readonly container: DesiredContainer
  readonly phase: Phase
  readonly unreadable: boolean
  readonly restarts: RestartFacts
  readonly drifted: boolean
  /** what became of one of its mounts while it ran */
  readonly mountFault: MountFault | null
  readonly bound: readonly BoundFile[]
  /** beside its limits */
  readonly look: RunLook
  readonly stopping: number | null
  readonly exitRecorded: boolean
  readonly stopRequested: boolean
  readonly health: { readonly status: HealthStatus; readonly recorded: HealthStatus }
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

/** What a manifest's list of mounts was before somebody edited it. */
const withOtherMounts = (declared: DesiredContainer): fc.Arbitrary<DesiredContainer> =>
  someMounts.map(mounts => {
    const spec = { ...declared.spec, mounts }
    return { ...declared, spec, digest: specDigest(spec) }
  })

const seed = (name: string, source: string, declared: DesiredContainer | null): fc.Arbitrary<Seed> =>
  fc.record({
    container:
      declared === null || source !== specs.directory
        ? container(name, source)
        : usually(declared, fc.oneof(container(name), withOtherMounts(declared)), 2),
    phase,
    unreadable: usually(false, fc.constant(true), 20),
    restarts,
    drifted: usually(false, fc.constant(true)),
    mountFault: usually<MountFault | null>(null, mountFault),
    look,
    bound,
    hold,
    heals: usually<Seed['heals']>({}, fc.constant(parked)),
    stopping: usually<number | null>(null, fc.constantFrom(100, 60_000)),
    exitRecorded: fc.boolean(),
    stopRequested: usually(false, fc.constant(true)),
    health: seenStatus,
    inherits: fc.boolean(),
    volumesThere: usually(true, fc.constant(false)),
    imageId: usually(imageIds.old, fc.constant(imageIds.new)),
  })

/** None, one or two recorded containers of one name and place; at most the first one lives. */
export const recorded = (name: string, declared: DesiredContainer | null): fc.Arbitrary<Seed[]> =>
  usually<string>(specs.directory, fc.constant(otherSource)).chain(source =>
    fc.array(seed(name, source, declared), { maxLength: 2 }).map(seeds => seeds.map(one => besides(one, seeds[0]))),
  )

function besides(one: Seed, first: Seed | undefined): Seed {
  if (first === undefined || one === first) return one
  const container = { ...one.container, origin: first.container.origin }
  return { ...one, container, phase: lives(one.phase) ? { phase: 'created' } : one.phase }
}
const lives = ({ phase: name }: Phase) => name === 'running' || name === 'starting'
