/**
 * Kills every command of a sweep before each of its system calls that change something, or lets that call fail:
 *
 *   npm run kills -- [--minutes 30] [--every 1] [--scenario pull,load] [--errors] [--engine 25] [--after 0]
 *
 * Every kind of call comes first, then each --every-th one. Each --engine-th round asks a stock dockerd as well. --after N goes
 * on behind the first N rounds of each scenario.
 */
import { parseArgs } from 'node:util'
import { coarseFirst, distinctCalls } from '../fault/sweep/choose.ts'
import { rehearse, type Rehearsal } from '../fault/sweep/rehearsal.ts'
import { scenarios, type Scenario } from '../fault/sweep/scenarios.ts'
import { errorNames } from '../support/fault-injector.ts'
import { inventory, leakReport } from '../support/leaks.ts'
import { Cleanup, fail, untilStopped } from './program.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    every: { type: 'string', default: '1' },
    scenario: { type: 'string', default: Object.keys(scenarios).join(',') },
    errors: { type: 'boolean', default: false },
    engine: { type: 'string', default: '25' },
    after: { type: 'string', default: '0' },
  },
})
const endMs = performance.now() + Number(values.minutes) * 60_000
const every = Math.max(1, Number(values.every))
const engineEvery = Number(values.engine)
const asked = untilStopped()
const say = (line: string) => process.stdout.write(`${line}\n`)

/** The rounds of one scenario; gives the number of those that were violated. */
async function sweep(name: string, scenario: Scenario, untilMs: number): Promise<number> {
  let violations = 0
  let rounds = 0
  const cleanup = new Cleanup()
  try {
    let rehearsal: Rehearsal = await rehearse(cleanup, scenario, values.errors)
    const { calls } = rehearsal
    const kinds = distinctCalls(calls)
    const rest = calls.map((_, i) => i + 1).filter(at => at % every === 0 && !kinds.includes(at))
    say(`${name}: ${calls.length} calls, of ${kinds.length} kinds`)
    for (const at of [...coarseFirst(kinds), ...coarseFirst(rest)].slice(Number(values.after))) {
      if (performance.now() > untilMs || asked.isStopped) break
      const fault = values.errors ? (errorNames[rounds % errorNames.length] ?? 'EIO') : 'kill'
      const asksEngine = engineEvery > 0 && rounds % engineEvery === engineEvery - 1
      rounds++
      try {
        await rehearsal.round({ fault, at, countsReads: values.errors, asksEngine })
      } catch (error) {
        violations++
        say(`VIOLATION ${name}: ${error instanceof Error ? error.message : error}`)
        // what it left may be in the way of the next round
        await cleanup.run()
        rehearsal = await rehearse(cleanup, scenario, values.errors)
      }
    }
    say(`${name}: ${rounds} rounds of ${kinds.length + rest.length}, ${violations} violations`)
  } finally {
    await cleanup.run()
  }
  return violations
}

const before = inventory()
const chosen = values.scenario.split(',')
let violations = 0
for (const [i, name] of chosen.entries()) {
  if (asked.isStopped) break
  const scenario = scenarios[name as keyof typeof scenarios]
  if (scenario === undefined) fail(`no scenario ${name}: ${Object.keys(scenarios).join(', ')}`)
  const leftMs = endMs - performance.now()
  violations += await sweep(name, scenario, performance.now() + leftMs / (chosen.length - i))
}
const leaks = leakReport(before)
say(`leak check: ${leaks.text}`)
say(`${violations} violations`)
process.exitCode = violations === 0 && leaks.total === 0 ? 0 : 1
