import type { ContainerDeclaration } from '../model/desired.ts'
import type { StepId, Unmet } from '../model/plan.ts'
import { byPreference, type Candidate, isReadable, isTorn, named } from './candidates.ts'
import { sameSpec } from './changes.ts'
import { isUnchecked, isWell } from './checked.ts'
import type { Draft } from './draft.ts'
import type { Need } from './needs.ts'
import { nextStart } from './next-start.ts'
import { stopUntilMs } from './stop-operations.ts'

/** `met` behind steps of this plan; `awaited`: it is on its way, or somebody holds it back; `unmet`: it is neither. */
export type NeedState =
  | { readonly is: 'met'; readonly after: readonly StepId[] }
  | { readonly is: 'awaited'; readonly sinceMs: number }
  | { readonly is: 'unmet'; readonly why: Unmet }

const met: NeedState = { is: 'met', after: [] }
const awaited: NeedState = { is: 'awaited', sinceMs: 0 }
const unmet = (why: Unmet): NeedState => ({ is: 'unmet', why })

/** How far a dependency is, by what was observed and what this plan has for it, which stands there before. */
export function stateOf(draft: Draft, need: Need): NeedState {
  const state = need.fault === null ? seenState(draft, need) : unmet(need.fault)
  return state.is === 'unmet' && !need.required ? met : state
}

function seenState(draft: Draft, need: Need): NeedState {
  const { on, condition } = need
  const start = draft.starts.get(on)
  if (start !== undefined) {
    const isEnough = condition === 'started' || (condition === 'healthy' && runsUnchecked(draft, need))
    return isEnough ? { is: 'met', after: [start] } : awaited
  }
  const busySince = busySinceMs(draft, need)
  if (busySince !== null) return { is: 'awaited', sinceMs: busySince }
  const candidates = draft.created.has(on) ? [] : candidatesOf(draft, need)
  const states = candidates.map(one => candidateState(draft, need, one))
  const state = states.find(one => one?.is === 'met') ?? states[0]
  // what is refused is not on its way, whatever it would wait for
  const isRefused = state?.is === 'awaited' && isBlocked(draft, on)
  if (state !== undefined && state !== null && !isRefused) return state
  if ((need.wanted ?? candidates[0]?.declaration)?.state === 'stopped') return unmet({ kind: 'stopped' })
  if (isBlocked(draft, on)) return unmet({ kind: 'blocked' })
  // nobody who plans here starts it
  return need.wanted === null ? unmet({ kind: 'undeclared' }) : awaited
}

/** What this plan starts is well as soon as it runs. */
function runsUnchecked(draft: Draft, need: Need): boolean {
  if (need.wanted === null) return false
  const [kept] = draft.created.has(need.on) ? [] : candidatesOf(draft, need)
  return isUnchecked(need.wanted, kept ?? null, draft.observed)
}

/** Since when one of the name is being started, or runs and may yet end, be it beside the one that is kept; null: none. */
function busySinceMs(draft: Draft, { on, condition }: Need): number | null {
  for (const { phase } of named(draft, on)) {
    if (!phase.known) continue
    if (phase.value.phase === 'starting') return 0
    if (phase.value.phase === 'running' && condition === 'completed') return phase.value.startedAtMs
  }
  return null
}

/** The container that stands for this name, or all that are recorded of it where nobody says which; none if one can't be read. */
export function candidatesOf(draft: Draft, { on, wanted }: Need): readonly Candidate[] {
  const all = named(draft, on)
  if (!all.every(isReadable)) return []
  const whole = all.filter(isReadable).filter(one => !isTorn(one) && !draft.gone.has(one.id))
  const sorted = byPreference(whole, wanted, null)
  return wanted === null ? sorted : sorted.slice(0, 1)
}

/** null: it is to be started, and this plan doesn't. */
function candidateState(draft: Draft, { condition, wanted }: Need, kept: Candidate): NeedState | null {
  const phase = kept.phase.value
  if (phase.phase === 'running') {
    const isStopping = draft.stopping.has(kept.id) || stopUntilMs(draft.observed, kept.id) !== null
    if (isStopping) return awaited
    const isSoFar = condition !== 'healthy' || isWell(kept, wanted, draft.observed)
    return isSoFar ? met : { is: 'awaited', sinceMs: phase.startedAtMs }
  }
  // what another spec came to says nothing of this one
  if (condition === 'completed' && wanted !== null && !sameSpec(wanted, kept.declaration)) return null
  const state = endedState(condition, wanted ?? kept.declaration, kept, draft.observed.nowMs)
  // its time may come, but nobody here starts it then
  return wanted === null && state?.is === 'awaited' ? null : state
}

/** A container that ended by itself has been started, unless its last start failed. */
function endedState(
  condition: Need['condition'],
  declaration: Pick<ContainerDeclaration, 'restart' | 'state'>,
  kept: Candidate,
  nowMs: number,
): NeedState | null {
  const next = nextStart(declaration, kept, nowMs)
  const hasRun = kept.restarts.failedStart === null
  switch (next.kind) {
    case 'start':
      return null
    case 'done':
      return met
    case 'wait':
      if (condition === 'started' && hasRun) return met
      return declaration.state === 'stopped' ? null : awaited
    case 'block':
      return condition === 'started' && hasRun ? met : unmet({ kind: 'failed', exit: next.exit })
  }
}

/** For good, as far as this plan can tell: what is tried again has a time for it. */
const isBlocked = ({ blocked }: Draft, name: string): boolean =>
  blocked.some(({ subject, refusal }) => isAbout(subject, name) && !('untilMs' in refusal))

const isAbout = (subject: { readonly kind: string; readonly name: string }, name: string) =>
  subject.kind === 'container' && subject.name === name

/** A container that another one follows, and the steps behind which it does. */
type Restarted = { readonly on: string; readonly after: readonly StepId[] }

/** The first of these needs whose container runs since after this one, or will in this plan, and may be relied on again. */
export function restartedNeed(draft: Draft, needs: readonly Need[], kept: Candidate): Restarted | null {
  for (const need of needs) {
    if (!need.restartWith || need.fault !== null) continue
    const state = stateOf(draft, need)
    if (state.is !== 'met') continue
    if (state.after.length > 0 || candidatesOf(draft, need).some(other => startedLater(other, kept)))
      return { on: need.on, after: state.after }
  }
  return null
}

/** By the kernel's clock, which nobody sets. */
function startedLater({ phase: { value: a } }: Candidate, { phase: { value: b } }: Candidate): boolean {
  if (a.phase !== 'running' || b.phase !== 'running' || a.process.bootId !== b.process.bootId) return false
  return BigInt(a.process.startTicks) > BigInt(b.process.startTicks)
}
