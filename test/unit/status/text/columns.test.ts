import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { columns } from '../../../../src/status/text/columns.ts'

test('a remark that is much too long pushes its own line along, and no other', () => {
  const layout = [
    { least: 0, gap: 2 },
    { least: 0, gap: 2, most: 10 },
  ]
  const rows = [
    ['web', 'x'.repeat(20), 'a.yaml:3'],
    ['db', 'exited (3)', 'a.yaml:9'],
    ['cache', 'new', 'a.yaml:12'],
  ]
  deepEqual(columns(rows, layout), [
    `web    ${'x'.repeat(20)}  a.yaml:3`,
    'db     exited (3)  a.yaml:9',
    'cache  new         a.yaml:12',
  ])
})
