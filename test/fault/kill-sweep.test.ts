import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { callText, errorNames } from '../support/fault-injector.ts'
import { distinctCalls, spread } from './sweep/choose.ts'
import { rehearse } from './sweep/rehearsal.ts'
import { type ScenarioName, scenarios } from './sweep/scenarios.ts'

/** Each kind of call once would be hundreds of rounds: `npm run kills` does all calls, this some, from first to last. */
const roundsOf: Readonly<Record<ScenarioName, number>> = {
  pull: 6,
  load: 4,
  rm: 4,
  gc: 3,
  create: 6,
  replace: 4,
  mounts: 4,
  remove: 4,
}
const asksEngineAt: readonly ScenarioName[] = ['pull', 'create']

async function killSome(t: TestContext, name: ScenarioName): Promise<void> {
  const { calls, round } = await rehearse(t, scenarios[name], false)
  const kinds = distinctCalls(calls)
  const chosen = spread(kinds, roundsOf[name])
  let kills = 0
  for (const [i, at] of chosen.entries()) {
    const asksEngine = asksEngineAt.includes(name) && i === Math.floor(chosen.length / 2)
    const { injected } = await round({ fault: 'kill', at, asksEngine })
    if (injected.struck !== null) kills++
  }
  t.diagnostic(`killed at ${kills} of ${calls.length} calls, of ${kinds.length} kinds`)
  assert.ok(kills > roundsOf[name] / 2)
}

/** Reads count too: an error there must not pass for damage. */
async function failSome(t: TestContext, name: ScenarioName, rounds: number): Promise<void> {
  const { calls, round } = await rehearse(t, scenarios[name], true)
  const told: string[] = []
  for (const [i, at] of spread(distinctCalls(calls), rounds).entries()) {
    const fault = errorNames[i % errorNames.length] ?? 'EIO'
    const { injected } = await round({ fault, at, countsReads: true })
    if (injected.struck !== null) told.push(`${fault} at ${callText(injected.struck)}: exit ${injected.code}`)
  }
  t.diagnostic(told.join('; '))
  assert.ok(told.length > rounds / 2)
}

suite('an error of any system call is told or gone round, and the repeated command comes to its end', {
  concurrency: 2,
}, () => {
  for (const name of ['pull', 'create', 'remove'] as const) test(name, t => failSome(t, name, errorNames.length))
})

suite('killed before any system call, a command leaves what is whole, and comes to its end when it is repeated', {
  concurrency: 2,
}, () => {
  for (const name of Object.keys(scenarios) as ScenarioName[]) test(name, t => killSome(t, name))
})
