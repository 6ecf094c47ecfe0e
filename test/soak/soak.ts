/**
 * Kills passes and watchers over ten manifests at random system calls, or lets those fail, until the number or the time is
 * reached:
 *
 *   npm run soak -- [--kills 1000] [--minutes 60] [--errors] [--seed N]
 */
import { parseArgs } from 'node:util'
import { inventory, leakReport } from '../support/leaks.ts'
import { errorNames } from '../support/fault-injector.ts'
import { openKilledFleet } from './killed-fleet.ts'
import { Cleanup, untilStopped } from './program.ts'
import { randomOf } from './random.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    minutes: { type: 'string' },
    errors: { type: 'boolean', default: false },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
})
const most = Number(values.kills ?? (values.minutes === undefined ? 1000 : Number.POSITIVE_INFINITY))
const endMs = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000
const random = randomOf(Number(values.seed))
const say = (line: string) => process.stdout.write(`${line}\n`)

const before = inventory()
const asked = untilStopped()
const cleanup = new Cleanup()
let [met, rounds, violations] = [0, 0, 0]
const begunMs = performance.now()
say(`seed ${values.seed}`)
try {
  let fleet = await openKilledFleet(cleanup, random)
  while (met < most && performance.now() < endMs && !asked.isStopped) {
    rounds++
    try {
      if (await fleet.round(values.errors ? random.pick(errorNames) : 'kill')) met++
    } catch (error) {
      violations++
      say(`VIOLATION in round ${rounds}: ${error instanceof Error ? error.message : error}`)
      await cleanup.run()
      fleet = await openKilledFleet(cleanup, random)
    }
    if (rounds % 50 === 0) say(`${rounds} rounds, ${met} faults met, ${violations} violations, ${minutes()} min`)
  }
  await fleet.close()
} finally {
  await cleanup.run()
}
const leaks = leakReport(before)
say(`leak check: ${leaks.text}`)
say(`${met} faults met in ${rounds} rounds and ${minutes()} min, ${violations} violations`)
process.exitCode = violations === 0 && leaks.total === 0 ? 0 : 1

function minutes(): string {
  return ((performance.now() - begunMs) / 60_000).toFixed(1)
}
