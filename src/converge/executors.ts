import type { ActionKind } from '../model/action.ts'
import { driftFields } from '../model/drift-fields.ts'
import { roomText } from '../dataroot/files/full-disk.ts'
import { fail, isNoRoom, type Failure, type Result } from '../model/errors.ts'
import type { StepFacts } from '../model/outcome.ts'
import type { Step } from '../model/plan.ts'
import { adoptContainer } from './adopt-container.ts'
import { beginStop } from './begin-stop.ts'
import { createContainer } from './create-container.ts'
import { createVolume } from './create-volume.ts'
import { deleteContainer } from './delete-container.ts'
import { deleteVolume } from './delete-volume.ts'
import { applyRuleset } from './apply-ruleset.ts'
import { answerChange } from './answer-change.ts'
import { beginPull } from './begin-pull.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { connectContainer, deleteNetwork, makeNetwork } from './networks.ts'
import { noteHeals } from './note-heals.ts'
import { recordExit } from './record-exit.ts'
import { recordHealth } from './record-health.ts'
import { repairMount } from './repair-mount.ts'
import { proxyPorts } from './proxy-ports.ts'
import { serveNames } from './serve-names.ts'
import { repairRun } from './repair-run.ts'
import { startContainer } from './start-container.ts'
import { updateLimits } from './update-limits.ts'
import { updateRecord } from './update-record.ts'
import { updateVolume } from './update-volume.ts'

/** A kind of action without an executor does not compile. */
type Executors = { readonly [K in ActionKind]: Executor<K> }

const executors: Executors = {
  'create-volume': createVolume,
  'update-volume': updateVolume,
  'delete-volume': deleteVolume,
  'create-network': makeNetwork,
  'update-network': makeNetwork,
  'delete-network': deleteNetwork,
  'connect-container': connectContainer,
  'apply-ruleset': applyRuleset,
  'serve-names': serveNames,
  'proxy-ports': proxyPorts,
  'create-container': createContainer,
  'start-container': startContainer,
  'begin-stop': beginStop,
  'begin-pull': beginPull,
  'update-limits': updateLimits,
  'repair-mount': repairMount,
  'repair-run': repairRun,
  'answer-change': answerChange,
  'update-record': updateRecord,
  'record-exit': recordExit,
  'record-health': recordHealth,
  'adopt-container': adoptContainer,
  'delete-container': deleteContainer,
}

/** Carries out one step of a plan. */
export async function execute(deps: ConvergeDeps, step: Step): Promise<Result<StepFacts>> {
  const { action, reason } = step
  const executor = executors[action.kind] as Executor<ActionKind>
  const result = await executor(deps, action, reason)
  if (!result.ok) return fail(withRoom(result.error))
  if ('id' in action) noteHeals(deps, action.id, driftFields(reason))
  return result
}

/** The core knows an error's number and path, and not what to do about it. */
const withRoom = (error: Failure): Failure =>
  typeof error.errno === 'number' && isNoRoom(error)
    ? { ...error, message: `${error.message}${roomText(error.errno === 28 ? 'ENOSPC' : 'EDQUOT', error.path ?? '/')}` }
    : error
