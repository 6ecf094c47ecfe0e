/** docs/drift.md shows what a pass does about which fact, word for word as the code has it. */
import { deepEqual, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { driftRules } from '../../../src/model/drift-classes.ts'
import { deviationKinds } from '../../../src/model/run-facts.ts'

test('the table of the documentation is that of the code', () => {
  const rows = readFileSync('docs/drift.md', 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)
  const written = deviationKinds.map(kind => {
    const { field, class: name, fact, answer, seen } = driftRules[kind]
    return `| ${[field, name.replace('-', ' '), fact, answer, seen].join(' | ')} |`
  })
  deepEqual(rows, written)
  ok(rows.length > 8)
})
