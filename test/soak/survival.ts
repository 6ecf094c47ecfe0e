/**
 * Twenty services, kept up by ten `reconcile` processes that are killed at random, as are the services' processes and shims, while
 * dockerds try to start on the data-root. At the end one copy of each runs, nothing else is left, and there is nothing to do:
 *
 *   node test/soak/survival.ts [--minutes 60] [--seed N]
 */
import { parseArgs } from 'node:util'
import { inventory, leakReport } from '../support/leaks.ts'
import { Cleanup, untilStopped } from './program.ts'
import { randomOf } from './random.ts'
import { openServices } from './services.ts'
import { beginDeaths, type Tally } from './deaths.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
})
const endMs = performance.now() + Number(values.minutes) * 60_000
const figuresEveryMs = Math.min(60_000, (Number(values.minutes) * 60_000) / 10)
const asked = untilStopped()
const say = (line: string) => process.stdout.write(`${line}\n`)

const before = inventory()
const cleanup = new Cleanup()
const begunMs = performance.now()
let violations = 0
let tally: Tally = {}
say(`seed ${values.seed}`)
try {
  const services = openServices(cleanup)
  await services.lab.expect(0, '--once', services.lab.manifests)
  const deaths = beginDeaths(services, randomOf(Number(values.seed)))
  let nextFiguresMs = performance.now()
  while (performance.now() < endMs && !asked.isStopped && violations === 0) {
    await new Promise(resolve => setTimeout(resolve, 200))
    violations += report(services.complaints()) + report(deaths.complaints())
    if (performance.now() < nextFiguresMs) continue
    nextFiguresMs += figuresEveryMs
    say(`${minutes()} min: ${services.figures()}; ${tallyText(deaths.tally)}`)
  }
  await deaths.end()
  tally = deaths.tally
  violations += report(await services.settledComplaints())
} finally {
  await cleanup.run()
}
const leaks = leakReport(before)
say(`leak check: ${leaks.text}`)
say(`${minutes()} min; ${tallyText(tally)}; ${violations} violations`)
process.exitCode = violations === 0 && leaks.total === 0 ? 0 : 1

function report(complaints: readonly string[]): number {
  for (const complaint of complaints) say(`VIOLATION ${complaint}`)
  return complaints.length
}

function minutes(): string {
  return ((performance.now() - begunMs) / 60_000).toFixed(1)
}

function tallyText(counts: Tally): string {
  return Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ')
}
