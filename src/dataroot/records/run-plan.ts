import { join } from 'node:path'
import { unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { rootRunDir } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { containerRecordShape, runPlanShape, runStateShape } from './record-shape.ts'
import { parseState, readStateFile } from '../files/state-file.ts'

/** Of what the shim was told at the start of a run. */
export type RunPlan = { readonly containerId: string; readonly rootId: string; readonly record: string }

/** The container of a run directory, which is named by the first 16 digits of its id; null: nothing there tells. */
export function containerOfRun(paths: DataRootPaths, rootId: string, name: string): string | null {
  const plan = readRunPlan(paths, rootId, name)
  if (plan.known && plan.value !== null) return plan.value.containerId
  const state = readStateFile(join(rootRunDir(paths, rootId), name, 'state'), runStateShape)
  return state.known && state.value?.containerId.startsWith(name) ? state.value.containerId : null
}

/** The record as it was when the run began: a third copy, which lives exactly as long as the run. null: none. */
export function recordOfRun(paths: DataRootPaths, rootId: string, id: string): ContainerRecord | null {
  const plan = readRunPlan(paths, rootId, id.slice(0, 16))
  if (!plan.known || plan.value?.containerId !== id) return null
  const record = parseState('record', plan.value.record, containerRecordShape)
  return record.known && record.value.id === id ? record.value : null
}

function readRunPlan(paths: DataRootPaths, rootId: string, name: string): Known<RunPlan | null> {
  const path = join(rootRunDir(paths, rootId), name, 'plan')
  const plan = readStateFile(path, runPlanShape)
  if (!plan.known || plan.value === null) return plan
  const { containerId, rootId: owner } = plan.value
  if (!containerId.startsWith(name)) return unknown(`${path}: of another container, ${containerId}`)
  return owner === rootId ? plan : unknown(`${path}: of another data-root, ${owner}`)
}
