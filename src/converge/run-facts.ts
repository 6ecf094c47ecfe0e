import { readUpkeep, writeUpkeep } from '../dataroot/records/upkeep.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { ConvergeDeps } from './deps.ts'

/** Without them a run is judged by less, so a failure here is none of what was done. */
export function keepRunFacts({ paths, readRunFacts }: ConvergeDeps, { id, run, declaration }: ContainerRecord): void {
  if (run === null) return
  const facts = readRunFacts(run.process.pid, declaration.spec)
  if (facts.known)
    writeUpkeep(paths, id, { ...readUpkeep(paths, id), run: { process: run.process, facts: facts.value } })
}
