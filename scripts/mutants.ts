/** Which planners with a built-in fault the properties find out, how soon, and by what. Exit 1 if one gets through. */
import { tryToKill } from '../test/support/kill.ts'
import { mutants } from '../test/support/mutants.ts'

const verdicts = Object.entries(mutants).map(([fault, planner]) => ({ fault, ...tryToKill(planner) }))
for (const { fault, runs, complaint } of verdicts)
  process.stdout.write(
    `${complaint === null ? 'SURVIVED' : 'killed'}  after ${runs}  ${fault}: ${complaint ?? 'no complaint'}\n`,
  )
const killed = verdicts.filter(({ complaint }) => complaint !== null).length
process.stdout.write(`${killed} of ${verdicts.length} mutants killed\n`)
process.exitCode = killed === verdicts.length ? 0 : 1
