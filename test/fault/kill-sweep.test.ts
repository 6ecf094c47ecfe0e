import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
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

suite('killed before any system call, a command leaves what is whole, and comes to its end when it is repeated', {
  concurrency: 2,
}, () => {
  for (const name of Object.keys(scenarios) as ScenarioName[]) test(name, t => killSome(t, name))
})
