import type { Action } from '../model/action.ts'
import { type BoundFile, onChangeOf, settledAfterMs } from '../model/bound-file.ts'
import type { Mount } from '../model/desired.ts'
import { contentField } from '../model/drift-fields.ts'
import { parkedUntilMs } from '../model/heals.ts'
import type { Reason, StepId } from '../model/plan.ts'
import type { Accepted } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { addStep, containerSubject, type Draft } from './draft.ts'
import { positionOf } from './positions.ts'

/** The first bound file whose change asks for another process. */
export function reasonToRestartForFile(draft: Draft, wanted: Accepted, kept: Candidate): Reason | null {
  const found = (kept.files ?? []).find(
    file =>
      onChangeOf(wanted, file.target) === 'restart' && hasChanged(file) && restsUntilMs(draft, kept, file) === null,
  )
  return found === undefined ? null : reasonOf(found)
}

/**
 * Answers the changes of bound files under the running process, each once: told by a signal where that is asked for, told to
 * people in any case. A file that the container doesn't see yet is answered once it does.
 */
export function answerChanges(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): void {
  for (const file of (kept.files ?? []).filter(one => !isTakenAway(draft, kept, one))) {
    const asked = onChangeOf(wanted, file.target)
    const restsMs = restsUntilMs(draft, kept, file)
    const subject = containerSubject(kept)
    if (!file.now.known) {
      const refusal = { code: 'file', path: file.source, why: file.now.why } as const
      if (asked !== 'report') draft.blocked.push({ subject, refusal, position: placeOfMount(wanted, file) })
    } else if (restsMs !== null) {
      if (asked !== 'report')
        draft.left.push({ subject, why: { code: 'changing', path: file.source, untilMs: restsMs } })
    } else if (asked !== 'restart' && stepsToMount(draft, kept, file) === null) {
      // it doesn't see it: that is told of its mount
      continue
    } else if (file.now.value.content === null) {
      const untilMs = Math.max(file.now.value.changedAtMs, draft.observed.nowMs - settledAfterMs) + settledAfterMs
      draft.waiting.push({ subject, for: { code: 'file', path: file.source, untilMs } })
    } else if (asked !== 'restart' || file.before === null) {
      answer(draft, wanted, kept, file, after)
    }
  }
}

function answer(draft: Draft, wanted: Accepted, kept: Candidate, file: BoundFile, after: readonly StepId[]): void {
  const phase = kept.phase.value
  const mounted = stepsToMount(draft, kept, file)
  if (phase.phase !== 'running' || !file.now.known || file.now.value.content === null || mounted === null) return
  const asked = onChangeOf(wanted, file.target)
  const signal = file.before !== null && typeof asked === 'object' ? asked.signal : null
  const { target, source } = file
  addStep(draft, {
    subject: containerSubject(kept),
    action: {
      kind: 'answer-change',
      id: kept.id,
      process: phase.process,
      target,
      file: { source, ...file.now.value.content },
      signal,
    },
    reason: reasonOf(file),
    class: signal === null ? 'bookkeeping' : 'in-place',
    after: [...after, ...mounted],
    position: placeOfMount(wanted, file),
  })
}

/** What makes the container see the file that is there now; null: nothing does, and it sees another. */
function stepsToMount({ steps }: Draft, kept: Candidate, { target }: BoundFile): StepId[] | null {
  const step = steps.find(
    ({ action }) => 'id' in action && action.id === kept.id && mountedBy(action).some(mount => mount.target === target),
  )
  if (step !== undefined) return [step.id]
  const drifts = kept.mountDrifts
  return drifts?.known !== true || drifts.value.every(({ mount }) => mount.target !== target) ? [] : null
}

const mountedBy = (action: Action): readonly Mount[] => {
  if (action.kind === 'repair-mount') return [action.mount]
  return action.kind === 'update-record' ? (action.run?.mounts?.put ?? []).map(({ mount }) => mount) : []
}

/** By a step of this plan: then nobody sees it change. */
const isTakenAway = ({ steps }: Draft, { id }: Candidate, { target, source }: BoundFile): boolean =>
  steps.some(
    ({ action }) =>
      action.kind === 'update-record' &&
      action.id === id &&
      action.run?.mounts?.away.some(
        ({ mount }) => mount.type === 'bind' && mount.target === target && mount.source === source,
      ),
  )

const hasChanged = ({ now, before }: BoundFile): boolean =>
  before !== null && now.known && now.value.content !== null && now.value.content.digest !== before.digest

/** Who changes it again and again gets an answer now and then; what is only kept is not counted. */
const restsUntilMs = ({ observed }: Draft, { heals }: Candidate, { target, before }: BoundFile): number | null =>
  before === null ? null : parkedUntilMs(heals?.[contentField(target)], observed.nowMs)

const reasonOf = ({ source, target, before }: BoundFile): Reason => ({
  code: before === null ? 'file-unknown' : 'file-changed',
  source,
  target,
})

const placeOfMount = (wanted: Accepted, { target }: BoundFile) =>
  positionOf(wanted, [`spec.mounts.${wanted.spec.mounts.findIndex(mount => mount.target === target)}`])
