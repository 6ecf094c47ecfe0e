import type { DesiredContainer, Dependency } from '../../src/model/desired.ts'
import { fullName } from '../../src/model/identity.ts'
import { exitCode, type ObservedContainer } from '../../src/model/observed.ts'
import { isIll, mustBeReplaced } from './model-looks.ts'
import { meant } from './model-dependencies.ts'
import type { Evidence } from './satisfies.ts'
import { recordOf } from './specs.ts'

/** Whether something that a container depends on keeps it from being started, at the end of it all. */
export function isKeptBack(container: DesiredContainer, evidence: Evidence): boolean {
  if (container.dependsOn?.some(need => isCircular(container, need, evidence))) return true
  return (container.dependsOn ?? []).some(need => {
    const others = othersOf(container, need, evidence)
    if (others.length > 1 || others.some(({ phase }) => !phase.known)) return true
    if (!need.required) return others.some(other => mayComeLater(other, evidence))
    return !others.some(other => isMet(need, other) && isOfItsSpec(need, other, evidence))
  })
}

const othersOf = (container: DesiredContainer, need: Dependency, { after }: Evidence): ObservedContainer[] =>
  meant({ declaration: recordOf(container), origin: container.origin }, need, after.containers)

/** What it came to under another spec, or another policy, says nothing of this one. */
function isOfItsSpec(
  { condition }: Dependency,
  { declaration, origin, phase }: ObservedContainer,
  { desired }: Evidence,
): boolean {
  const isRunning = phase.known && phase.value.phase === 'running'
  const policy = ({ restart }: Pick<DesiredContainer, 'restart'>) => `${restart.policy} ${restart.maxRetries}`
  return desired.containers
    .filter(one => fullName(one.name) === fullName(declaration.name) && one.origin.source === origin.source)
    .every(
      one =>
        (condition !== 'completed' || one.digest === declaration.digest) &&
        (isRunning || policy(one) === policy(declaration)),
    )
}

/** What it needs needs it too. */
function isCircular(container: DesiredContainer, need: Dependency, { desired, before }: Evidence): boolean {
  const declared = desired.containers.map(one => ({ declaration: recordOf(one), origin: one.origin }))
  const all = [...declared, ...before.containers]
  const seen = new Set<string>()
  const ahead = meant({ declaration: recordOf(container), origin: container.origin }, need, all)
  for (const one of ahead) {
    const name = fullName(one.declaration.name)
    if (seen.has(name)) continue
    seen.add(name)
    for (const next of one.declaration.dependsOn ?? []) ahead.push(...meant(one, next, all))
  }
  return seen.has(fullName(container.name))
}

function isMet(
  { condition }: Dependency,
  { phase, restarts, declaration, stopRequested, health }: ObservedContainer,
): boolean {
  if (!phase.known) return false
  const isWell =
    condition === 'started' || (condition === 'healthy' && (health === undefined || health.status === 'healthy'))
  if (phase.value.phase !== 'exited') return isWell && phase.value.phase === 'running'
  const { policy, maxRetries } = declaration.restart
  const code = exitCode(phase.value.exit)
  const isFinal =
    policy === 'no' || (policy === 'on-failure' && (code === 0 || (maxRetries > 0 && restarts.count >= maxRetries)))
  if (!isFinal || restarts.failedStart !== null || restarts.requestedAtMs !== null || stopRequested === true)
    return false
  return condition === 'started' || code === 0
}

/** It ran undisturbed, and so keeps running, for its successor never may be started. */
export function mustGoOn(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  { before, after, behaviours }: Evidence,
) {
  const [old, ...others] = was
  if (old === undefined || others.length > 0 || behaviours[fullName(container.name)]?.exits !== 0) return false
  const isStopping = before.operations.some(one => one.kind === 'stop' && one.containerId === old.id)
  const self = { declaration: recordOf(container), origin: container.origin }
  const isHopeless = container.dependsOn?.some(
    need => need.required && [before, after].every(state => meant(self, need, state.containers).length === 0),
  )
  const follows = container.dependsOn?.some(({ restartWith }) => restartWith) === true
  return (
    isHopeless === true &&
    old.phase.known &&
    old.phase.value.phase === 'running' &&
    old.declaration.state !== 'stopped' &&
    old.restarts.requestedAtMs === null &&
    old.declaration.onChange === undefined &&
    !isStopping &&
    !follows &&
    !isIll(old) &&
    !mustBeReplaced(old)
  )
}

/** Somebody holds it, or it depends on something itself. */
const mayComeLater = ({ hold, declaration, phase }: ObservedContainer, { after }: Evidence): boolean =>
  (hold ?? null) !== null ||
  (declaration.dependsOn ?? []).length > 0 ||
  (phase.known && phase.value.phase === 'running') ||
  after.containers.filter(one => fullName(one.declaration.name) === fullName(declaration.name)).length > 1

/** Runs at least since then when it follows the restarts of what it depends on. */
export function aboutFollowing(container: DesiredContainer, only: ObservedContainer, evidence: Evidence): string[] {
  const own = only.phase.known && only.phase.value.phase === 'running' ? only.phase.value : null
  if (own === null || container.dependsOn?.some(need => isCircular(container, need, evidence))) return []
  return (container.dependsOn ?? [])
    .filter(({ restartWith }) => restartWith)
    .map(need => othersOf(container, need, evidence))
    .filter(others => others.every(({ phase }) => phase.known))
    .flat()
    .flatMap(({ phase, declaration }) =>
      phase.known &&
      phase.value.phase === 'running' &&
      BigInt(phase.value.process.startTicks) > BigInt(own.process.startTicks)
        ? [`not restarted with ${fullName(declaration.name)}`]
        : [],
    )
}

/** Of two that go, the one that depends on the other stops first, also where what is between them doesn't run. */
export function aboutOrderOfStops(first: ObservedContainer, evidence: Evidence): string[] {
  const { before, behaviours, desired } = evidence
  const name = fullName(first.declaration.name)
  const firstStopMs = stopMs(first, evidence)
  const isGoing = ({ id, origin, hold, phase, declaration, restarts }: ObservedContainer) =>
    (hold ?? null) === null &&
    phase.known &&
    phase.value.phase === 'running' &&
    declaration.state !== 'stopped' &&
    restarts.requestedAtMs === null &&
    // may be stopped to be started again: for a file, or with what it follows
    Object.values(declaration.onChange ?? {}).every(asked => asked !== 'restart') &&
    (declaration.dependsOn ?? []).every(({ restartWith }) => !restartWith) &&
    desired.sources.every(({ badFiles }) => !badFiles.includes(origin.file)) &&
    !desired.containers.some(({ name: other }) => fullName(other) === fullName(declaration.name)) &&
    before.operations.every(operation => operation.kind !== 'stop' || operation.containerId !== id)
  if (firstStopMs === null || behaviours[name]?.exits !== 0 || !isGoing(first)) return []
  return neededBy(first, evidence).flatMap(one => {
    const ownMs = stopMs(one, evidence)
    if (ownMs === null || one.id === first.id || !isGoing(one) || (one.declaration.dependsOn ?? []).length > 0)
      return []
    const leastMs = firstStopMs + Math.min(behaviours[name]?.stopTakesMs ?? 0, first.declaration.stop.graceMs ?? 0)
    return ownMs < leastMs ? [`${fullName(one.declaration.name)} was stopped before ${name}, which depends on it`] : []
  })
}

/** What it depends on, and what those of them depend on that go without ever running again. */
function neededBy(first: ObservedContainer, evidence: Evidence): readonly ObservedContainer[] {
  const { before } = evidence
  const found = new Set<ObservedContainer>()
  const way = [first]
  for (const at of way)
    for (const one of (at.declaration.dependsOn ?? []).flatMap(need => meant(at, need, before.containers))) {
      if (!found.has(one) && goesIdle(one, first, evidence)) way.push(one)
      found.add(one)
    }
  return [...found]
}

function goesIdle(one: ObservedContainer, first: ObservedContainer, evidence: Evidence): boolean {
  const { before, desired, touches } = evidence
  const { hold, phase, declaration, id } = one
  const name = fullName(declaration.name)
  const firstMs = stopMs(first, evidence) ?? Number.POSITIVE_INFINITY
  return (
    (hold ?? null) === null &&
    phase.known &&
    (phase.value.phase === 'exited' || phase.value.phase === 'created') &&
    !desired.containers.some(other => fullName(other.name) === name) &&
    before.containers.every(other => other === one || fullName(other.declaration.name) !== name) &&
    // it was given up before the other one was
    touches.every(touch => touch.id !== id || touch.atMs >= firstMs)
  )
}

/** When it was first asked to stop. */
const stopMs = ({ id }: ObservedContainer, { touches }: Evidence): number | null =>
  touches.find(touch => touch.id === id && touch.action === 'begin-stop')?.atMs ?? null
