/** Whatever limits a manifest may declare: once they are applied, the kernel says what the plan wants, and nothing is left to do. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { test } from 'node:test'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { anyDisk } from '../support/disk.ts'
import { labPrefix } from '../support/leaks.ts'
import { applySets } from '../support/limit-sets.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'

test('random legal sets of limits are applied in place, and the next plan is empty', async t => {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  const seed = Date.now() % 2 ** 31
  const disk = anyDisk() ?? assert.fail('this host has no disk')
  // a virtual machine without hardware's help takes ten times as long
  const wanted = readCgroupMounts('/proc').kind === 'v2' ? 20 : 60
  const { sets, unenforceable } = await applySets(host, disk, wanted, seed)
  assert.equal(sets, wanted)
  t.diagnostic(`seed ${seed}; unenforceable: ${JSON.stringify(unenforceable)}`)
})
