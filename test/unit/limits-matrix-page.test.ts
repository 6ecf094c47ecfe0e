import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { limitCases } from '../support/limits-cases.ts'
import { processCases } from '../support/process-rows.ts'

const page = readFileSync('docs/limits-matrix.md', 'utf8')
const tables = [...page.matchAll(/```text\n(.*?)```/gs)].map(([, text = '']) => text.trim().split('\n'))
const cases = [...limitCases({ path: '/dev/vda', number: '253:0' }), ...processCases].map(({ limit }) => limit)

test('docs/limits-matrix.md has every limit on v1 and on three kernels with v2, each with a verdict in every column', () => {
  const kernels = tables.map(([head = '']) => /^(hybrid|v1|v2) \d+\.\d+/.exec(head)?.[0])
  assert.equal(kernels.filter(kernel => kernel?.startsWith('v2')).length, 3, kernels.join())
  assert.equal(new Set(kernels).size, 4, kernels.join())
  for (const [, ...rows] of tables) {
    const cells = rows.map(row => row.split(/ {2,}/))
    assert.deepEqual(
      cells.map(([limit]) => limit),
      [...cases, 'freezer state'],
    )
    // what has the same verdict everywhere, and can't be had here, says it once
    assert.ok(cells.every(row => row.length === 7 || (row.length === 2 && row[1]?.startsWith('unenforceable'))))
  }
})
