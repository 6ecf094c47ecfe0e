import { readManifests } from '../../src/manifest/read.ts'
import type { BoundFile } from '../../src/model/bound-file.ts'
import type { DesiredContainer, DesiredSource, DesiredState } from '../../src/model/desired.ts'
import { fail, type Known } from '../../src/model/errors.ts'
import { healthCheckOf, type SeenHealth } from '../../src/model/health.ts'
import type { Endpoints } from '../../src/model/network.ts'
import { fullName } from '../../src/model/identity.ts'
import { type LimitField, type Limits, normalise } from '../../src/model/limits.ts'
import type {
  ObservedContainer,
  ObservedState,
  ObservedVolume,
  Operation,
  Phase,
  RestartFacts,
  StopAgain,
} from '../../src/model/observed.ts'
import { configOf } from './model-pulls.ts'
import * as specs from './specs.ts'
import type { LinkFault } from '../../src/model/network-facts.ts'

/** What a host shows beside what was recorded; containers are named as in the recorded manifest. */
type GoldenFacts = {
  readonly source?: Partial<DesiredSource>
  /** origins of another source: names of containers and volumes */
  readonly ofOthers?: readonly string[]
  readonly kernelWithout?: readonly LimitField[]
  readonly containers?: readonly GoldenContainer[]
  readonly volumes?: readonly (Partial<ObservedVolume> & { readonly name: string })[]
  readonly operations?: readonly Operation[]
  readonly bindSources?: Readonly<Record<string, 'directory' | 'file' | 'absent'>>
  readonly absentSinceMs?: Readonly<Record<string, number>>
  readonly images?: Readonly<Record<string, { readonly id: string; readonly volumes?: readonly string[] }>>
  readonly pullFailures?: ObservedState['pullFailures']
  /** networks and what stands in their way, as the observer gives them */
  readonly host?: Partial<Pick<ObservedState, 'networks' | 'subnets' | 'listeners' | 'ruleset'>>
  /** reference → the first digits of the image's id */
  readonly pullsDone?: Readonly<Record<string, string>>
}
type GoldenContainer = {
  readonly of: string
  readonly id: string
  readonly phase: Phase
  readonly unreadable?: string
  readonly kernelLimits?: Partial<Limits>
  readonly restarts?: Partial<RestartFacts>
  readonly anonymousVolumes?: Readonly<Record<string, string>>
  readonly endpoints?: Endpoints
  readonly linkFaults?: Known<readonly LinkFault[]>
  readonly files?: readonly BoundFile[]
  readonly exitRecorded?: boolean
  readonly stopRequested?: boolean
  readonly stoppedFor?: StopAgain
  readonly health?: Omit<SeenHealth, 'check'>
  /** the first digits of its image's id */
  readonly image?: string
}

type Texts = { readonly manifest: string; readonly recorded: string | null; readonly facts: GoldenFacts }

/** A golden case's files as what the planner gets. Both manifests stand for one file, `case.yaml`, at two times. */
export function situationOf({ manifest, recorded, facts }: Texts): { desired: DesiredState; observed: ObservedState } {
  const now = read(manifest)
  const before = recorded === null ? now : read(recorded)
  const source = specs.sourceOf(facts.source)
  const kernel = specs.kernelWithout(...(facts.kernelWithout ?? []))
  const desired = specs.desiredOf(now.containers, {
    sources: [source],
    volumes: now.volumes,
    networks: now.networks,
    absentSinceMs: facts.absentSinceMs ?? {},
  })
  const origin = <T extends { readonly source: string }>(name: string, own: T): T =>
    facts.ofOthers?.includes(name) ? { ...own, source: '/srv/others' } : own
  const containers = (facts.containers ?? []).map(seen => {
    const declared = before.containers.find(({ name }) => fullName(name) === seen.of)
    if (declared === undefined) throw new Error(`no container ${seen.of} in the recorded manifest`)
    return observe({ ...declared, origin: origin(seen.of, declared.origin) }, seen, kernel)
  })
  const volumes = (facts.volumes ?? []).map(seen => {
    const declared = before.volumes.find(({ name }) => name === seen.name)
    const own = declared && { ...declared, origin: origin(seen.name, declared.origin) }
    return specs.volumeSeen(seen.name, { ...own, ...seen })
  })
  const operations = (facts.operations ?? []).map(operation =>
    operation.kind === 'stop' ? { ...operation, containerId: id(operation.containerId) } : operation,
  )
  const images = Object.fromEntries(
    Object.entries(facts.images ?? {}).map(([reference, { id: short, volumes: paths = [] }]) => [
      reference,
      { state: 'present', id: imageId(short), config: configOf(paths) } as const,
    ]),
  )
  const pullsDone = Object.fromEntries(
    Object.entries(facts.pullsDone ?? {}).map(([reference, short]) => [
      reference,
      { atMs: specs.startMs - 1000, id: imageId(short) },
    ]),
  )
  const { pullFailures = {} } = facts
  const bindSources = Object.fromEntries(
    Object.entries(facts.bindSources ?? {}).map(([path, value]) => [path, { known: true as const, value }]),
  )
  const pulls = { images, pullsDone, pullFailures }
  return {
    desired,
    observed: specs.observedOf({ kernel, containers, volumes, operations, bindSources, ...pulls, ...facts.host }),
  }
}

function observe(
  declared: Parameters<typeof specs.seen>[0],
  { phase, unreadable, restarts, kernelLimits, id: short, of: _of, image, health, ...facts }: GoldenContainer,
  kernel: ObservedState['kernel'],
): ObservedContainer {
  const { limits } = normalise(declared.limits, kernel)
  const process = { pid: 4711, startTicks: '99', bootId: specs.bootId }
  const seen = specs.seen(declared, phase.phase === 'running' ? { ...phase, process } : phase, {
    id: id(short),
    image: image === undefined ? null : { id: imageId(image), reference: declared.spec.image ?? '' },
    ...healthOf(declared, health),
    ...facts,
  })
  return {
    ...seen,
    recordedLimits: limits,
    kernelLimits: phase.phase === 'running' ? { known: true, value: { ...limits, ...kernelLimits } } : null,
    phase: unreadable === undefined ? seen.phase : { known: false, why: unreadable },
    restarts: { ...specs.freshRestarts, ...restarts },
  }
}

function healthOf({ health }: DesiredContainer, seen: Omit<SeenHealth, 'check'> | undefined) {
  const check = healthCheckOf(health, null)
  return seen === undefined || check === null ? {} : { health: { ...seen, check } }
}

function read(text: string) {
  const path = `${specs.directory}/case.yaml`
  const manifests = readManifests([{ file: 'case.yaml', path, text }], specs.directory, {
    readFile: () => fail('golden cases have no other files'),
  })
  if (manifests.problems.length > 0) throw new Error(manifests.problems.map(({ message }) => message).join('; '))
  return manifests
}

const imageId = (short: string): string => `sha256:${short.padEnd(64, '0')}`
const id = (short: string): string => short.padEnd(64, '0')
