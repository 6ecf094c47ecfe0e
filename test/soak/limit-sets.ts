/**
 * Random sets of limits that manifests may declare, each applied to a running container: the next plan is empty.
 *
 *   npm run limit-sets -- [--runs 2000] [--seed N]
 *
 * `npm run limit-sets:v2` does it 200 times on cgroup v2, in a virtual machine.
 */
import { mkdtempSync } from 'node:fs'
import { release } from 'node:os'
import { parseArgs } from 'node:util'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { anyDisk } from '../support/disk.ts'
import { labPrefix } from '../support/leaks.ts'
import { applySets } from '../support/limit-sets.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { fail } from './program.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '2000' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const disk = anyDisk() ?? fail('this host has no disk to throttle')
const folder = mkdtempSync(labPrefix)
const host = openRealHost(folder)
const begun = performance.now()
try {
  const { sets, unenforceable } = await applySets(host, disk, Number(values.runs), seed)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  process.stdout.write(
    `${readCgroupMounts('/proc').kind}, kernel ${release()}: ${sets} sets applied in ${seconds} s, every next plan empty (seed ${seed})\n`,
  )
  const listed = Object.entries(unenforceable).map(([limit, count]) => `${limit} ${count} times`)
  process.stdout.write(`unenforceable: ${listed.length === 0 ? 'none' : listed.join(', ')}\n`)
} finally {
  host.close()
  await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
}
