import type { DesiredContainer } from '../../src/model/desired.ts'
import { fullName } from '../../src/model/identity.ts'
import { differingLimits, normalise } from '../../src/model/limits.ts'
import type { ObservedContainer } from '../../src/model/observed.ts'
import type { Touch } from './model-host.ts'
import type { Evidence } from './satisfies.ts'

const books: readonly string[] = ['record-exit', 'record-health', 'adopt-container']
const heals: readonly string[] = ['repair-run', 'repair-mount', 'update-limits']

/** What somebody holds is left alone until that is over: no step on it, and none of its name made beside it. */
export function aboutHeld({ id, hold, declaration, phase }: ObservedContainer, { touches, after }: Evidence): string[] {
  if (hold === undefined || hold === null || !phase.known || phase.value.phase === 'deleting') return []
  const name = fullName(declaration.name)
  const early = touches.filter(touch => touch.id === id && touch.atMs < hold.untilMs && !books.includes(touch.action))
  const beside = after.containers.filter(
    one => one.id !== id && fullName(one.declaration.name) === name && made(one.id, touches) < hold.untilMs,
  )
  return [
    ...early.map(({ action }) => `${name}: ${action} although it is held`),
    ...beside.map(one => `${name}: ${one.id.slice(0, 12)} was made although another one is held`),
  ]
}

const made = (id: string, touches: readonly Touch[]): number =>
  touches.find(touch => touch.id === id && touch.action === 'create-container')?.atMs ?? Number.POSITIVE_INFINITY

/** What others change is only told under `heal: report`, and while whoever changes it back is stronger. */
export function aboutPatience(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  { before, touches, plannedStops }: Evidence,
): string[] {
  const [old, ...others] = was
  if (old === undefined || others.length > 0 || !old.phase.known || old.phase.value.phase !== 'running') return []
  const { limits } = normalise(container.limits, before.kernel)
  const isAsked = differingLimits(old.recordedLimits, limits).length > 0
  // what is frozen must go on to be stopped; a crash between may be the end of that stop
  const isForStop = ({ atMs }: Touch) => plannedStops.some(stop => stop.id === old.id && stop.atMs === atMs)
  const own = touches.filter(one => one.id === old.id && heals.includes(one.action) && !isForStop(one))
  const isToPause = (container.state === 'paused') !== (old.declaration.state === 'paused')
  const unasked = own.filter(({ action }) => {
    if (action === 'update-limits') return !isAsked
    return action !== 'repair-run' || !isToPause
  })
  if (container.heal === 'report') return unasked.map(({ action }) => `${action} although it is only to be reported`)
  const parked = Object.values(old.heals ?? {}).length > 0
  return unasked
    .filter(({ action, atMs }) => parked && action !== 'repair-mount' && atMs < before.nowMs + 50_000)
    .map(({ action }) => `${action} although somebody changes it back each time`)
}
