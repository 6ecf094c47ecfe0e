import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKilledFleet } from '../soak/killed-fleet.ts'
import { randomOf } from '../soak/random.ts'

/** `npm run soak -- --kills 1000` goes on for longer. */
const rounds = 32

test('killed at random calls, passes and watchers lose no byte, run nothing twice, and the next pass converges', async t => {
  const fleet = await openKilledFleet(t, randomOf(20_261_126))
  let kills = 0
  for (let n = 0; n < rounds; n++) if (await fleet.round('kill')) kills++
  await fleet.close()
  t.diagnostic(`${kills} kills in ${rounds} rounds`)
  assert.ok(kills > rounds / 3)
})
