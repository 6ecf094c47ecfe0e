/**
 * `npm run mutants [-- RUNS]`: both properties over RUNS situations (5000), then which planners with a built-in fault they find
 * out, how soon, and by what. Exit 1 if the planner fails or a faulty one gets through.
 */
import { plan } from '../src/plan/plan.ts'
import { tryToKill } from '../test/support/kill.ts'
import { mutants } from '../test/support/mutants.ts'

const runs = Number(process.argv[2] ?? 5000)
if (!Number.isInteger(runs) || runs < 1) throw new Error(`npm run mutants -- RUNS: ${process.argv[2]} is no count`)

const own = tryToKill(plan, runs)
process.stdout.write(`the planner itself: ${own.complaint ?? `nothing against it in ${own.runs} situations`}\n`)
const verdicts = Object.entries(mutants).map(([fault, planner]) => ({ fault, ...tryToKill(planner) }))
for (const { fault, runs: after, complaint } of verdicts)
  process.stdout.write(
    `${complaint === null ? 'SURVIVED' : 'killed'}  after ${after}  ${fault}: ${complaint ?? 'no complaint'}\n`,
  )
const killed = verdicts.filter(({ complaint }) => complaint !== null).length
process.stdout.write(`${killed} of ${verdicts.length} mutants killed\n`)
process.exitCode = own.complaint === null && killed === verdicts.length ? 0 : 1
