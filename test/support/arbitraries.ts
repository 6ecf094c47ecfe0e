import * as fc from 'fast-check'
import type { DesiredSource, DesiredState, DesiredVolume, Origin } from '../../src/model/desired.ts'
import { healthCheckOf } from '../../src/model/health.ts'
import { normalise } from '../../src/model/limits.ts'
import type { MountDrift } from '../../src/model/mount-drift.ts'
import { recordedMounts } from '../../src/model/recorded-mounts.ts'
import type { ObservedContainer, ObservedState, ObservedVolume } from '../../src/model/observed.ts'
import type { Behaviour } from './model-containers.ts'
import { pullsFrom, references, tag, usually } from './arbitraries-images.ts'
import { type Remotes, volumeTargets } from './model-pulls.ts'
import * as specs from './specs.ts'
import { container, files, firstFile, names, otherSource, recorded, secondFile, type Seed } from './seeds.ts'

/** A whole situation: what is asked for, what is there, and what its processes will do. */
export type Situation = {
  readonly desired: DesiredState
  readonly observed: ObservedState
  readonly behaviours: Readonly<Record<string, Behaviour>>
  readonly remotes: Remotes
}

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
  sickRuns: usually(0, fc.integer({ min: 1, max: 2 }), 2),
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
      '/srv/site': { known: true, value: 'file' },
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
    ...filesOf(one),
    hold: one.hold,
    heals: one.heals,
    look: one.phase.phase === 'running' && !one.unreadable ? { known: true, value: one.look } : null,
    restarts: { ...one.restarts, failedStart: stopped ? one.restarts.failedStart : null },
    anonymousVolumes,
    image: image === null ? null : { id: one.imageId, reference: image },
    exitRecorded: one.phase.phase !== 'exited' || one.exitRecorded,
    stopRequested: one.phase.phase === 'exited' && one.stopRequested,
    ...healthOf(one),
  })
}

/** Of what runs and has a check. */
function healthOf({ phase, container, unreadable, health }: Seed) {
  const check = healthCheckOf(container.health, null)
  if (check === null) return {}
  const checked = true as const
  if (phase.phase !== 'running' || unreadable) return { checked }
  return { checked, health: { sinceMs: specs.startMs - 100, failingStreak: 0, log: [], check, ...health } }
}

/** Of what runs and binds it. */
const filesOf = ({ bound, phase, unreadable, container: { spec } }: Seed) =>
  phase.phase === 'running' &&
  !unreadable &&
  bound.some(file => spec.mounts.some(mount => mount.target === file.target))
    ? { files: bound }
    : {}

/** The first of its mounts, if it runs and has any. */
function mountDriftsOf(one: Seed, anonymousVolumes: Record<string, string>) {
  const [mount] = recordedMounts({ declaration: one.container, anonymousVolumes })
  if (one.phase.phase !== 'running' || one.unreadable || mount === undefined) return {}
  const drifts: MountDrift[] = one.mountFault === null ? [] : [{ mount, fault: one.mountFault }]
  return { mountDrifts: { known: true as const, value: drifts } }
}
