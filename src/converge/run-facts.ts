import { isDeepStrictEqual } from 'node:util'
import { readUpkeep, writeUpkeep } from '../dataroot/records/upkeep.ts'
import type { RunChange } from '../model/action.ts'
import type { Mount } from '../model/desired.ts'
import { ok, type Result } from '../model/errors.ts'
import type { ContainerId, ProcessIdentity } from '../model/identity.ts'
import type { MountEdit } from '../model/mount-drift.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { Repair, RunFacts } from '../model/run-facts.ts'
import type { PlanMount } from '../runtime/plan.ts'
import type { ConvergeDeps } from './deps.ts'

/** Without them a run is judged by less, so a failure here is none of what was done. */
export function keepRunFacts({ paths, readRunFacts }: ConvergeDeps, { id, run, declaration }: ContainerRecord): void {
  if (run === null) return
  const facts = readRunFacts(run.process.pid, declaration.spec)
  if (facts.known)
    writeUpkeep(paths, id, { ...readUpkeep(paths, id), run: { process: run.process, facts: facts.value } })
}

/** What was changed under a run is kept as it was asked for; the rest stays as it was at the start, so that its drift is seen. */
export function renewRunFacts({ paths }: ConvergeDeps, id: string, { process, repairs }: RunChange): void {
  const upkeep = readUpkeep(paths, id)
  const { run } = upkeep
  if (run === null || !isDeepStrictEqual(run.process, process)) return
  writeUpkeep(paths, id, { ...upkeep, run: { process, facts: repairs.reduce(afterRepair, run.facts) } })
}

/**
 * Mounts something, and keeps what that bind shows since. Before it nothing is known of it: whoever is killed in between must not
 * leave a word that is no longer true.
 */
export async function mountAndKeep(
  deps: ConvergeDeps,
  { id, declaration }: Pick<ContainerRecord, 'id' | 'declaration'>,
  process: ProcessIdentity,
  { edit, mount, made }: { readonly edit: MountEdit; readonly mount: Mount; readonly made: PlanMount },
): Promise<Result<void>> {
  const isAnew = mount.type === 'bind' && edit !== 'options'
  if (isAnew) keepFileSystem(deps, { id, process, target: mount.target, device: undefined })
  const done = await deps.core.mount({ containerId: id, process, edit, mount: made })
  if (!done.ok) return done
  const facts = isAnew ? deps.readRunFacts(process.pid, declaration.spec) : null
  const device = facts?.known === true ? facts.value.fileSystems?.[mount.target] : undefined
  if (device !== undefined) keepFileSystem(deps, { id, process, target: mount.target, device })
  return ok(undefined)
}

type ShownThere = {
  readonly id: ContainerId
  readonly process: ProcessIdentity
  readonly target: string
  readonly device: string | undefined
}

function keepFileSystem({ paths }: ConvergeDeps, { id, process, target, device }: ShownThere): void {
  const upkeep = readUpkeep(paths, id)
  const { run } = upkeep
  if (run === null || !isDeepStrictEqual(run.process, process)) return
  const { [target]: before, ...others } = run.facts.fileSystems ?? {}
  if (before === device) return
  const fileSystems = device === undefined ? others : { ...others, [target]: device }
  writeUpkeep(paths, id, { ...upkeep, run: { process, facts: { ...run.facts, fileSystems } } })
}

function afterRepair(facts: RunFacts, repair: Repair): RunFacts {
  if (repair.what === 'setOomScore') return { ...facts, oomScoreAdj: repair.value }
  if (repair.what !== 'setUlimit') return facts
  const { resource, soft, hard } = repair
  return { ...facts, ulimits: { ...facts.ulimits, [resource]: { soft, hard } } }
}
