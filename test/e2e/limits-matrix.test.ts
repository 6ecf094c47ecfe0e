/** Every limit of a manifest on this kernel: set, read back, changed in place, seen when it drifts, healed, the process kept. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { release } from 'node:os'
import { test } from 'node:test'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { anyDisk } from '../support/disk.ts'
import { labPrefix } from '../support/leaks.ts'
import { frozenRow } from '../support/frozen-row.ts'
import { limitCases } from '../support/limits-cases.ts'
import { columns, matrixRow, matrixTable, type Row } from '../support/limits-matrix.ts'
import { processCases, processRow } from '../support/process-rows.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'

test('every limit has its verdict on this kernel', async t => {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  const rows: Row[] = []
  for (const one of limitCases(anyDisk() ?? assert.fail('this host has no disk'))) rows.push(await matrixRow(host, one))
  for (const one of processCases) rows.push(await processRow(host, one))
  rows.push(await frozenRow(host))
  assert.ok(rows.every(row => columns.every(column => row[column] !== '')))
  const table = matrixTable(`${readCgroupMounts('/proc').kind} ${release()}`, rows)
  for (const line of table.split('\n')) t.diagnostic(line)
})
