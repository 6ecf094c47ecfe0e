import { differingLimits } from '../model/limits.ts'
import type { ChangeClass } from '../model/action.ts'
import type { StopAgain } from '../model/observed.ts'
import type { Reason, StepId } from '../model/plan.ts'
import { isOneShot } from '../supervise/completion.ts'
import { type Accepted, declared } from './accepted.ts'
import type { Candidate } from './candidates.ts'
import { changeRun } from './change-run.ts'
import { connect } from './connect.ts'
import { answerChanges, reasonToRestartForFile } from './bound-files.ts'
import { createAnonymous, stepsForVolumesOf } from './container-volumes.ts'
import { addStep, containerSubject, type Draft, placeOf } from './draft.ts'
import { driftFields } from '../model/drift-fields.ts'
import { lastResult, recordHealth, remedyFor, waitForHealth } from './health.ts'
import { isLeftAlone } from './left-alone.ts'
import { limitsReason } from './limits.ts'
import { restartedNeed } from './dependency-state.ts'
import { isMountTableUnread, repairMounts } from './mounts.ts'
import { restartRequested } from './next-start.ts'
import { limitPaths, positionOf } from './positions.ts'
import { reasonToRestart, repairRun } from './repairs.ts'
import { same } from './same.ts'
import { adoptIfLost, stopRunning, waitForStop } from './stops.ts'
import { runChange } from './run-change.ts'
import { updateRecord } from './record.ts'

/** A running container of the wanted spec: stopped if it must be, else set right under the running process. */
export function keepRunning(draft: Draft, wanted: Accepted, kept: Candidate): void {
  recordHealth(draft, kept)
  const restarted = restartedNeed(draft, wanted.needs, kept)
  const reason = reasonToStop(draft, wanted, kept, restarted?.on ?? null)
  if (reason !== null) {
    const after = reason.code === 'dependency-restarted' ? restarted?.after : []
    const position = positionOf(wanted, pathsOf(wanted, reason))
    return stopRunning(draft, kept, { reason, ...howToStop(wanted, kept, reason, draft), position, after })
  }
  const adopted = adoptIfLost(draft, kept)
  // A stop that is no longer wanted can't be called back: it ends, and the next pass starts again.
  if (waitForStop(draft, kept)) return
  const volumes = createAnonymous(draft, wanted, kept.anonymousVolumes, [])
  const repaired = repairRun(draft, wanted, kept, adopted)
  const isListChanged = !same(wanted.spec.mounts, kept.declaration.spec.mounts)
  if (isListChanged && isMountTableUnread(draft, wanted, kept)) return
  const forMounts = isListChanged ? [...volumes, ...stepsForVolumesOf(draft, wanted)] : []
  const changed = changeRun(draft, wanted, kept, [...adopted, ...repaired, ...forMounts])
  const isAsWanted = setLimits(draft, wanted, kept, [...adopted, ...changed]) === 'as-wanted'
  const written =
    isAsWanted && changed.length === 0 ? updateRecord(draft, wanted, kept, [...adopted, ...repaired]) : changed
  connect(draft, wanted, kept, [...adopted, ...written])
  const change = isListChanged ? runChange(wanted.spec, kept, draft.observed)?.mounts : undefined
  repairMounts(draft, wanted, kept, { before: [...adopted, ...volumes, ...(isListChanged ? changed : [])], change })
  answerChanges(draft, wanted, kept, [...adopted, ...changed])
  waitForHealth(draft, wanted, kept)
  if (isOneShot(wanted.restart)) draft.waiting.push({ subject: containerSubject(kept), for: { code: 'completion' } })
}

function reasonToStop(draft: Draft, wanted: Accepted, kept: Candidate, restarted: string | null): Reason | null {
  if (wanted.state === 'stopped') return { code: 'should-be-stopped' }
  const phase = kept.phase.value
  const since = phase.phase === 'running' ? phase.startedAtMs : 0
  if (restartRequested(kept, since)) return { code: 'restart-requested' }
  if (restarted !== null) return { code: 'dependency-restarted', on: restarted }
  const deviation = reasonToRestart(kept)
  if (deviation !== null && !isLeftAlone(draft, wanted, kept, [deviation.field])) return { code: 'deviated', deviation }
  const forFile = reasonToRestartForFile(draft, wanted, kept)
  if (forFile !== null || kept.health === undefined) return forFile
  const remedy = remedyFor(wanted, kept, draft.observed.nowMs)
  return remedy !== null && 'again' in remedy ? { code: 'unhealthy', last: lastResult(kept.health) } : null
}

/** One that is not well comes back as after a crash, the same one or a new one. */
function howToStop(wanted: Accepted, kept: Candidate, reason: Reason, { observed }: Draft): HowToStop {
  const remedy = reason.code === 'unhealthy' ? remedyFor(wanted, kept, observed.nowMs) : null
  if (remedy === null || !('again' in remedy)) return { class: 'restart', stop: wanted.stop }
  const { again } = remedy
  return { class: again.recreate ? 'recreate' : 'restart', stop: wanted.stop, again }
}

type HowToStop = { readonly class: ChangeClass; readonly stop: Accepted['stop']; readonly again?: StopAgain }

function pathsOf({ needs }: Accepted, reason: Reason): string[] {
  if (reason.code === 'should-be-stopped') return ['spec.state']
  if (reason.code === 'unhealthy') return ['spec.health']
  if (reason.code !== 'dependency-restarted') return []
  return needs.filter(({ on }) => on === reason.on).map(({ index }) => `spec.dependsOn.${index}`)
}

function setLimits(draft: Draft, wanted: Accepted, kept: Candidate, after: readonly StepId[]): 'as-wanted' | 'not' {
  const kernel = kept.kernelLimits
  if (kernel === null || !kernel.known) {
    const why = kernel === null ? 'its limits were not read' : kernel.why
    draft.blocked.push({
      subject: containerSubject(kept),
      refusal: { code: 'unreadable', why },
      position: placeOf(wanted.origin),
    })
    return 'not'
  }
  const reason = limitsReason(wanted.normal, kept)
  if (reason === null) return 'as-wanted'
  // to write them once more would be an event, and wake the next pass: for ever, where the record can't be written
  if (differingLimits(wanted.normal, kernel.value).length === 0) {
    updateRecord(draft, wanted, kept, after)
    return 'not'
  }
  if (reason.code === 'drifted' && isLeftAlone(draft, wanted, kept, driftFields(reason))) {
    // what the manifest changed beside its limits is written down all the same
    updateRecord(draft, wanted, { ...kept, kernelLimits: null }, after)
    return 'not'
  }
  const first = reason.changes.slice(0, 1)
  addStep(draft, {
    subject: containerSubject(kept),
    action: { kind: 'update-limits', id: kept.id, limits: wanted.normal, container: declared(wanted) },
    reason,
    class: 'in-place',
    after,
    position: positionOf(
      wanted,
      first.flatMap(({ field }) => limitPaths(field)),
    ),
  })
  return 'not'
}
