import type { DesiredContainer, DesiredSource, DesiredState, Origin } from '../../src/model/desired.ts'
import { fullName } from '../../src/model/identity.ts'
import type { MountDrift } from '../../src/model/mount-drift.ts'
import { differingLimits, normalise } from '../../src/model/limits.ts'
import { exitCode, type ObservedContainer, type ObservedState, type ObservedVolume } from '../../src/model/observed.ts'
import { aboutImage, aboutPulls, imageTargets, isMadeOf, isOfPassing, lacksImage } from './satisfies-images.ts'
import { aboutFollowing, aboutOrderOfStops, isKeptBack, mustGoOn } from './satisfies-dependencies.ts'
import type { Behaviour } from './model-containers.ts'
import { aboutFiles, asksForAnother } from './model-files.ts'
import { aboutLook, mustBeReplaced } from './model-looks.ts'
import { differsInMounts, isListForProcess } from './satisfies-mounts.ts'
import { aboutNetworks, isRefusedByNetworks } from './satisfies-networks.ts'
import { aboutHeld, aboutPatience } from './satisfies-left.ts'
import type { Touch } from './model-host.ts'
import type { PlannedStop } from './model-passes.ts'

/** All that judges: two looks at a host, what was asked of it, and which of its objects were laid hands on. */
export type Evidence = {
  readonly desired: DesiredState
  readonly before: ObservedState
  readonly after: ObservedState
  readonly touches: readonly Touch[]
  readonly plannedStops: readonly PlannedStop[]
  readonly behaviours: Readonly<Record<string, Behaviour>>
  readonly contentsOf: (volume: string) => string | undefined
  /** when an image that was absent came */
  readonly arrivedAtMs: (reference: string) => number | undefined
}

/** What "converged" means, without naming the planner: every complaint is a promise broken. */
export function complaints(evidence: Evidence): string[] {
  const { desired, before } = evidence
  return [
    ...desired.containers.flatMap(container => aboutDeclared(container, evidence)),
    ...before.containers.flatMap(container => aboutFormer(container, evidence)),
    ...before.containers.flatMap(container => aboutHeld(container, evidence)),
    ...before.containers.flatMap(container => aboutOrderOfStops(container, evidence)),
    ...evidence.after.containers.flatMap(container => aboutRemaining(container, evidence)),
    ...desired.volumes.flatMap(volume => aboutDeclaredVolume(volume, evidence)),
    ...before.volumes.flatMap(volume => aboutFormerVolume(volume, evidence)),
    ...aboutNetworks(evidence),
    ...aboutLeaks(evidence),
    ...aboutPulls(evidence),
  ]
}

function aboutDeclared(container: DesiredContainer, evidence: Evidence): string[] {
  const { before, after, desired } = evidence
  const name = fullName(container.name)
  const was = named(before, name)
  const is = named(after, name)
  if (was.some(({ origin }) => origin.source !== container.origin.source)) return []
  if (was.some(({ phase }) => !phase.known))
    return same(was.map(idOf), is.map(idOf), `${name}: acted on what can't be read`)
  const { limits, unenforceable } = normalise(container.limits, before.kernel)
  const isKept = was.some(isWhole) && container.state !== 'stopped' && isKeptBack(container, evidence)
  const unmakeable =
    !was.some(one => isWhole(one) && isMadeOf(container, one, after)) &&
    (lacksSource(container, before) || lacksImage(container, after))
  if ((unenforceable.length > 0 && !container.bestEffort) || unmakeable) return aboutRefused(container, was, is)
  if (isRefusedByNetworks(container, is, evidence)) return aboutRefused(container, was, is)
  if (isKept && was.length > 1) return []
  if (isKept && !was.some(one => isWhole(one) && isMadeOf(container, one, after)))
    return mustGoOn(container, was, evidence) ? aboutRefused(container, was, is) : []
  const [only] = is
  if (only === undefined || is.length > 1) return [`${name}: ${is.length} containers`]
  const found: string[] = []
  if (only.declaration.digest !== container.digest) found.push('another spec')
  if (JSON.stringify(only.origin) !== JSON.stringify(container.origin)) found.push('another origin')
  if (differingLimits(only.recordedLimits, limits).length > 0) found.push('other recorded limits')
  const isHealed = container.heal === 'auto'
  if (isHealed && only.kernelLimits?.known && differingLimits(only.kernelLimits.value, limits).length > 0)
    found.push('other limits in the kernel')
  if (isHealed && only.mountDrifts?.known)
    found.push(...only.mountDrifts.value.flatMap(left => leftAsItWas(left, only, after)))
  if (isHealed && only.look?.known) found.push(...aboutLook(only.look.value, container.state))
  found.push(...aboutPatience(container, was, evidence))
  found.push(...aboutFiles(container, was, only, evidence))
  for (const key of [
    'labels',
    'restart',
    'stop',
    'state',
    'limits',
    'bestEffort',
    'heal',
    'pull',
    'dependsOn',
    'health',
  ] as const)
    if (JSON.stringify(only.declaration[key]) !== JSON.stringify(container[key])) found.push(`recorded ${key} differs`)
  if (!lacksSource(container, after) && !isKeptBack(container, evidence))
    found.push(...aboutImage(container, was, only, evidence))
  found.push(...aboutPhase(container, only, evidence), ...aboutVolumesOf(container, was, only, evidence))
  if (desired.absentSinceMs !== undefined) found.push(...aboutContinuity(container, was, only, evidence))
  return found.map(text => `${name}: ${text}`)
}

/** Only what can't be put right under the process stays as somebody made it. */
function leftAsItWas({ mount, fault }: MountDrift, only: ObservedContainer, { bindSources }: ObservedState): string[] {
  const source = mount.type === 'bind' ? bindSources[mount.source] : undefined
  const lacks = mount.type === 'bind' && !mount.createSource && source?.known === true && source.value === 'absent'
  const stays = fault.kind === 'hidden' || fault.kind === 'source-unmounted' || fault.kind === 'source-gone' || lacks
  return stays ? [] : [`its mount ${mount.target} is ${fault.kind} (${only.id.slice(0, 12)})`]
}

/** A refused manifest leaves its last good state standing, but for what its process can be given all the same. */
function aboutRefused(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  is: readonly ObservedContainer[],
): string[] {
  const whole = was.filter(isWhole)
  const digests = whole.map(({ declaration }) => declaration.digest)
  if (whole.some(one => differsInMounts(container, one))) digests.push(container.digest)
  const stands = is.some(({ declaration }) => digests.includes(declaration.digest))
  const name = fullName(container.name)
  return whole.length > 0 && !stands ? [`${name}: its last good state is gone although its manifest was refused`] : []
}

function aboutPhase(container: DesiredContainer, only: ObservedContainer, evidence: Evidence): string[] {
  const { after } = evidence
  const phase = only.phase.known ? only.phase.value : null
  const { policy, maxRetries } = container.restart
  const requested = (sinceMs: number) => (only.restarts.requestedAtMs ?? 0) > sinceMs
  if (phase === null) return ['its phase is unknown']
  if (phase.phase === 'running') {
    if (container.state === 'stopped') return ['it runs']
    return [
      ...(phase.shim === 'lost' ? ['its shim is lost'] : []),
      ...(requested(phase.startedAtMs) ? ['not restarted'] : []),
      ...aboutFollowing(container, only, evidence),
      ...aboutHealth(container, only),
    ]
  }
  if (phase.phase !== 'created' && phase.phase !== 'exited') return [`it is ${phase.phase}`]
  const unrecorded = only.exitRecorded ? [] : ['its exit is not recorded']
  if (container.state === 'stopped' || lacksSource(container, after) || isKeptBack(container, evidence))
    return unrecorded
  const failedStart = only.restarts.failedStart
  const code = failedStart?.code ?? (phase.phase === 'exited' ? exitCode(phase.exit) : null)
  const final =
    (policy === 'no' && (phase.phase === 'exited' || failedStart !== null)) ||
    (policy === 'on-failure' && code === 0) ||
    (policy === 'on-failure' && maxRetries > 0 && only.restarts.count >= maxRetries)
  const sinceMs = failedStart?.atMs ?? (phase.phase === 'exited' ? phase.startedAtMs : 0)
  const stopped = failedStart === null && only.stopRequested === true
  return final && !stopped && !requested(sinceMs) ? unrecorded : [...unrecorded, `it is ${phase.phase} and should run`]
}

/** What is not well was told, and ends where its restarts do. */
function aboutHealth(
  { health, restart, state }: DesiredContainer,
  { health: seen, restarts, hold }: ObservedContainer,
): string[] {
  if (seen === undefined || (hold ?? null) !== null) return []
  const mayStart =
    restart.policy === 'always' ||
    restart.policy === 'unless-stopped' ||
    (restart.policy === 'on-failure' && (restart.maxRetries === 0 || restarts.count < restart.maxRetries))
  const isLeft = seen.status === 'unhealthy' && state === 'running' && health?.onUnhealthy !== 'none' && mayStart
  return [
    ...(isLeft ? ['it is unhealthy, and nothing was done'] : []),
    ...(seen.recorded === seen.status ? [] : ['its health is not recorded']),
  ]
}

function aboutVolumesOf(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  only: ObservedContainer,
  { before, after, contentsOf }: Evidence,
): string[] {
  const found: string[] = []
  const [old, ...others] = was
  const volumes = container.spec.mounts.filter(mount => mount.type === 'volume')
  for (const { target, name: own } of [...volumes, ...imageTargets(only).map(target => ({ target, name: null }))]) {
    const volume = own ?? only.anonymousVolumes[target] ?? ''
    if (!after.volumes.some(({ name }) => name === volume)) found.push(`no volume for ${target}`)
    const inherited =
      own === null && others.length === 0 && old && isWhole(old) ? old.anonymousVolumes[target] : undefined
    if (inherited === undefined || !before.volumes.some(({ name }) => name === inherited)) continue
    if (isOfPassing(target, container, before)) continue
    if (volume !== inherited || contentsOf(volume) !== `of ${inherited}`) found.push(`lost what was in ${target}`)
  }
  return found
}

/** What is as declared keeps its process; an exit that is a result stays one. */
function aboutContinuity(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  only: ObservedContainer,
  { before, after, behaviours }: Evidence,
): string[] {
  const [old, ...others] = was
  if (old === undefined || others.length > 0 || !old.phase.known) return []
  const phase = old.phase.value
  const asIfSame = phase.phase === 'running' && isListForProcess(container, old, [before, after])
  const given = asIfSame ? { ...container, digest: old.declaration.digest } : container
  if (old.declaration.digest !== given.digest) return []
  if (!isMadeOf(given, old, before) || !isMadeOf(given, old, after)) return []
  const stopping = before.operations.some(one => one.kind === 'stop' && one.containerId === old.id)
  if (old.health !== undefined && old.health.status !== 'healthy') return []
  const asked =
    old.restarts.requestedAtMs !== null || stopping || container.state === 'stopped' || old.stopRequested === true
  if (asked || old.restarts.failedStart !== null) return []
  if ((mustBeReplaced(old) && container.heal === 'auto') || asksForAnother(container, old)) return []
  if (container.dependsOn?.some(({ restartWith }) => restartWith)) return []
  if (phase.phase === 'running' && behaviours[fullName(container.name)]?.exits === 0) {
    const now = only.phase.known && only.phase.value.phase === 'running' ? only.phase.value.process.pid : null
    return now === phase.process.pid ? [] : ['its process was disturbed']
  }
  const isResult =
    phase.phase === 'exited' &&
    (container.restart.policy === 'no' || (container.restart.policy === 'on-failure' && exitCode(phase.exit) === 0))
  const still = only.phase.known && JSON.stringify(only.phase.value) === JSON.stringify(phase)
  return isResult && !still ? ['it ran again although its exit was final'] : []
}

function aboutFormer(container: ObservedContainer, { desired, after, before, touches }: Evidence): string[] {
  const name = fullName(container.declaration.name)
  const label = `${name} ${container.id.slice(0, 12)}`
  const touched = touches.filter(({ id }) => id === container.id)
  const remains = after.containers.some(({ id }) => id === container.id)
  const declared = isDeclared(container, desired)
  const source = desired.sources.find(one => one.name === container.origin.source)
  if (source === undefined || (!declared && isOutOfScope(source, container.origin)))
    return touched.length > 0 ? [`${label}: not ours to touch`] : []
  if (declared) return []
  if (!container.phase.known) return touched.length > 0 ? [`${label}: acted on although unreadable`] : []
  if (!isWhole(container)) return []
  const twins = named(before, name).filter(one => one.origin.source === source.name && isWhole(one))
  if (twins.some(({ origin }) => mustStay(source, origin))) {
    const stands = after.containers.some(one => fullName(one.declaration.name) === name)
    const blind = named(before, name).some(one => !one.phase.known)
    return stands || blind ? [] : [`${label}: gone although its source can't be read`]
  }
  const hasty = touched.filter(touch => /begin-stop|delete/.test(touch.action) && touch.atMs < before.nowMs + 2000)
  return [
    ...(remains ? [`${label}: undeclared and still there`] : []),
    ...(hasty.length > 0 ? [`${label}: removed at first sight`] : []),
  ]
}

function aboutRemaining(container: ObservedContainer, { desired, before }: Evidence): string[] {
  const source = desired.sources.find(one => one.name === container.origin.source)
  const name = fullName(container.declaration.name)
  if (source === undefined || isWhole(container) || named(before, name).some(({ phase }) => !phase.known)) return []
  if (!isDeclared(container, desired) && isOutOfScope(source, container.origin)) return []
  return [`${name} ${container.id.slice(0, 12)}: left half done`]
}

function aboutDeclaredVolume(volume: DesiredState['volumes'][number], { before, after }: Evidence): string[] {
  const was = before.volumes.find(({ name }) => name === volume.name)
  const is = after.volumes.find(({ name }) => name === volume.name)
  if (was?.origin && was.origin.source !== volume.origin.source) return []
  const { labels, removal, origin } = volume
  return same(
    [is?.labels, is?.removal, is?.origin],
    [labels, removal, origin],
    `volume ${volume.name} is not as declared`,
  )
}

function aboutFormerVolume(volume: ObservedVolume, evidence: Evidence): string[] {
  const { desired, before, after, touches, contentsOf } = evidence
  const { name, origin } = volume
  const source = desired.sources.find(one => one.name === origin?.source)
  const declared = desired.volumes.some(one => one.name === name)
  const used = [...after.containers.map(({ declaration }) => declaration), ...desired.containers].some(({ spec }) =>
    spec.mounts.some(mount => mount.type === 'volume' && mount.name === name),
  )
  const remains = contentsOf(name) === `of ${name}`
  if (volume.anonymous) return []
  const disposable = source !== undefined && origin !== null && volume.removal === 'delete' && !declared && !used
  const free = disposable && !isOutOfScope(source, origin) && !mustStay(source, origin)
  if (!free) return remains ? [] : [`volume ${name}: its data is lost`]
  const hasty = touches.some(({ id, atMs }) => id === name && atMs < before.nowMs + 2000)
  return [
    ...(remains ? [`volume ${name}: undeclared and still there`] : []),
    ...(hasty ? [`volume ${name}: deleted at first sight`] : []),
  ]
}

/** No anonymous volume outlives its container. */
function aboutLeaks({ before, after }: Evidence): string[] {
  const had = new Set(before.containers.flatMap(({ anonymousVolumes }) => Object.values(anonymousVolumes)))
  const has = new Set(after.containers.flatMap(({ anonymousVolumes }) => Object.values(anonymousVolumes)))
  const stray = new Set(before.volumes.map(({ name }) => name).filter(name => !had.has(name)))
  return after.volumes
    .filter(({ name, anonymous }) => anonymous && !has.has(name) && !stray.has(name))
    .map(({ name }) => `anonymous volume ${name.slice(0, 12)} is left over`)
}

const named = (state: ObservedState, name: string) =>
  state.containers.filter(({ declaration }) => fullName(declaration.name) === name)
const idOf = ({ id }: ObservedContainer) => id
const isWhole = ({ phase }: ObservedContainer) =>
  !phase.known || (phase.value.phase !== 'creating' && phase.value.phase !== 'deleting')
const isDeclared = (container: ObservedContainer, desired: DesiredState) =>
  desired.containers.some(
    ({ name, origin }) =>
      fullName(name) === fullName(container.declaration.name) && origin.source === container.origin.source,
  )
const mustStay = (source: DesiredSource, origin: Origin) =>
  source.read === 'unread' || (source.read !== 'ok' && !source.allowEmpty) || source.badFiles.includes(origin.file)
const isOutOfScope = (source: DesiredSource, origin: Origin) =>
  source.scope !== 'all' && !source.scope.includes(origin.file) && !mustStay(source, origin)
const lacksSource = (container: DesiredContainer, state: ObservedState) =>
  container.spec.mounts.some(mount => {
    const found = mount.type === 'bind' ? state.bindSources[mount.source] : undefined
    return mount.type === 'bind' && !mount.createSource && found?.known === true && found.value === 'absent'
  })
const same = (a: unknown, b: unknown, complaint: string): string[] =>
  JSON.stringify(a) === JSON.stringify(b) ? [] : [complaint]
