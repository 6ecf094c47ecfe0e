import { isDeepStrictEqual } from 'node:util'
import { readUpkeep, writeUpkeep } from '../dataroot/records/upkeep.ts'
import type { RunChange } from '../model/action.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { Repair, RunFacts } from '../model/run-facts.ts'
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

function afterRepair(facts: RunFacts, repair: Repair): RunFacts {
  if (repair.what === 'setOomScore') return { ...facts, oomScoreAdj: repair.value }
  if (repair.what !== 'setUlimit') return facts
  const { resource, soft, hard } = repair
  return { ...facts, ulimits: { ...facts.ulimits, [resource]: { soft, hard } } }
}
