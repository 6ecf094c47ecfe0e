import { isDeepStrictEqual } from 'node:util'
import type { RunChange } from '../model/action.ts'
import type { ContainerId } from '../model/identity.ts'
import { ok, type Result } from '../model/errors.ts'
import type { StepFacts, StepWarning } from '../model/outcome.ts'
import { refreshHosts, refreshNaming } from '../dataroot/objects/hosts.ts'
import type { ContainerRecord } from '../model/record.ts'
import { fillNewVolumes, putThere, takeAway } from './change-mounts.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { renewRunFacts } from './run-facts.ts'
import { declarationOf, replaceRecord, storedRecord } from './records.ts'

/** What changes under the running process first: a crash between the two is seen as drift, and both are done again. */
export const updateRecord: Executor<'update-record'> = async (deps, action) => {
  const record = storedRecord(deps, action.id)
  if (!record.ok) return record
  const { container, limits, run } = action
  const after = { ...record.value, declaration: declarationOf(container), origin: container.origin, limits }
  // its aliases are the others' names of it
  const isRenamed =
    after.endpoints !== undefined && !isDeepStrictEqual(record.value.declaration.networks, after.declaration.networks)
  const tell = () => (isRenamed ? refreshHosts(deps.paths, after) : ok(undefined))
  const writing = run === undefined ? replaced(deps, after) : changeWithRun(deps, record.value, after, run)
  // beside the disk: as long as the record is the old one, all of this is done again
  const toldBeside = run === undefined ? tell() : null
  const changed = await writing
  if (!changed.ok) return changed
  const finds = sameNaming(record.value, after) ? ok(undefined) : refreshNaming(deps.paths, after)
  if (!finds.ok) return finds
  const told = toldBeside ?? tell()
  return told.ok ? changed : told
}

/** As it finds others. */
const sameNaming = ({ declaration: before }: ContainerRecord, { declaration: after }: ContainerRecord): boolean =>
  (['dns', 'dnsSearch', 'dnsOptions', 'extraHosts', 'links'] as const).every(field =>
    isDeepStrictEqual(before[field], after[field]),
  )

async function changeWithRun(
  deps: ConvergeDeps,
  before: ContainerRecord,
  after: ContainerRecord,
  run: RunChange,
): Promise<Result<StepFacts>> {
  const { process, mounts, repairs } = run
  const filled = mounts === undefined ? ok([]) : await fillNewVolumes(deps, after, mounts)
  if (!filled.ok) return filled
  const changed = await changeProcess(deps, after.id, run)
  if (!changed.ok) return changed
  const gone = mounts === undefined ? ok([]) : await takeAway(deps, { process, record: before }, mounts)
  if (!gone.ok) return gone
  const written = await replaceRecord(deps, after)
  if (!written.ok) return written
  if (repairs.length > 0) renewRunFacts(deps, after.id, run)
  const put = mounts === undefined ? ok(undefined) : await putThere(deps, { process, record: after }, mounts)
  if (!put.ok) return put
  const warnings: readonly StepWarning[] = [...filled.value, ...gone.value]
  return ok(warnings.length === 0 ? {} : { warnings })
}

async function replaced(deps: ConvergeDeps, record: ContainerRecord): Promise<Result<StepFacts>> {
  const written = await replaceRecord(deps, record)
  return written.ok ? ok({}) : written
}

async function changeProcess(
  { core }: ConvergeDeps,
  containerId: ContainerId,
  { process, repairs, shmSizeBytes }: RunChange,
): Promise<Result<void>> {
  if (shmSizeBytes !== null) {
    const mount = { type: 'tmpfs', target: '/dev/shm', readOnly: false, sizeBytes: shmSizeBytes, mode: null } as const
    // first: what is in it may forbid that, and then nothing has been changed
    const resized = await core.mount({ containerId, process, edit: 'options', mount })
    if (!resized.ok) return resized
  }
  for (const repair of repairs) {
    const repaired = await core.repair(containerId, process, repair)
    if (!repaired.ok) return repaired
  }
  return ok(undefined)
}
