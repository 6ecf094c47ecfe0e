import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { exampleNames, expectedPath, problemLines, readExample } from '../../support/examples.ts'

test('there are at least ninety wrong manifests and ten right ones', () => {
  assert.ok(exampleNames('invalid').length >= 90)
  assert.ok(exampleNames('valid').length >= 10)
})

for (const name of exampleNames('invalid')) {
  test(`the wrong manifest ${name} is refused with place and way out`, () => {
    const read = readExample('invalid', name)
    const lines = problemLines(read)
    if (process.env['UPDATE_EXAMPLES'] === '1') writeFileSync(expectedPath(name), lines)
    assert.equal(lines, readFileSync(expectedPath(name), 'utf8'))
    assert.notEqual(lines, '')
    assert.deepEqual([read.containers, read.volumes, read.badFiles.length], [[], [], 1])
  })
}

for (const name of exampleNames('valid')) {
  test(`the right manifest ${name} is read without a problem`, () => {
    const read = readExample('valid', name)
    assert.equal(problemLines(read), '')
    assert.deepEqual(read.badFiles, [])
  })
}
