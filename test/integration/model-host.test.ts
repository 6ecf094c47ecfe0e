import { mkdtempSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { liveOnBoth } from '../support/agreement.ts'
import { life } from '../support/agreement-lives.ts'
import { requireRoot } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'

/** RECONCILE_TEST_LIVES: how many, for longer runs. */
const lives = Number(process.env['RECONCILE_TEST_LIVES'] ?? 8)

test('the model host, by which plans are judged, does what this kernel does', async t => {
  requireRoot()
  let plans = 0
  const property = fc.asyncProperty(life, async one => {
    const folder = mkdtempSync(labPrefix)
    const host = openRealHost(folder)
    try {
      plans += await liveOnBoth(one, host)
    } finally {
      host.close()
      await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
    }
  })
  await fc.assert(property, { numRuns: lives, endOnFailure: true })
  t.diagnostic(`${plans} plans in ${lives} lives ended alike on both`)
})
