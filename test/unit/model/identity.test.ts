import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { fullName } from '../../../src/model/identity.ts'
import { exitCode } from '../../../src/model/observed.ts'

test('a full name has the project before it, if there is one', () => {
  equal(fullName({ project: null, name: 'web' }), 'web')
  equal(fullName({ project: 'shop', name: 'web' }), 'shop/web')
})

test('a signal shows as 128 plus its number, an exit that nobody learned as no number', () => {
  equal(exitCode({ kind: 'code', code: 3, atMs: 0 }), 3)
  equal(exitCode({ kind: 'signal', signal: 9, oom: true, atMs: 0 }), 137)
  equal(exitCode({ kind: 'unknown', why: 'the host restarted', atMs: 0 }), null)
})
