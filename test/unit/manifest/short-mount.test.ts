import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseShortMount } from '../../../src/manifest/short-mount.ts'

const parsed = (text: string): unknown => {
  const result = parseShortMount(text)
  return result.ok ? result.value : result.error
}

test('a name before the target is a named volume', () => {
  assert.deepEqual(parsed('data:/data'), {
    type: 'volume',
    name: 'data',
    target: '/data',
    readOnly: false,
    noCopy: false,
  })
  assert.deepEqual(parsed('data:/data:ro'), {
    type: 'volume',
    name: 'data',
    target: '/data',
    readOnly: true,
    noCopy: false,
  })
  assert.deepEqual(parsed('data:/data:nocopy,ro'), {
    type: 'volume',
    name: 'data',
    target: '/data',
    readOnly: true,
    noCopy: true,
  })
})

test('a target alone is an anonymous volume', () => {
  assert.deepEqual(parsed('/cache'), { type: 'volume', name: null, target: '/cache', readOnly: false, noCopy: false })
})

test('a path before the target is a bind', () => {
  const bind = { type: 'bind', target: '/site', readOnly: false, propagation: 'rprivate' }
  assert.deepEqual(parsed('/srv/site:/site'), { ...bind, source: '/srv/site' })
  assert.deepEqual(parsed('./site:/site:rw'), { ...bind, source: './site' })
  assert.deepEqual(parsed('../site:/site:ro,rslave'), {
    ...bind,
    source: '../site',
    readOnly: true,
    propagation: 'rslave',
  })
  assert.deepEqual(parsed('.:/site:shared'), { ...bind, source: '.', propagation: 'shared' })
})

test('what is neither is refused with a way out', () => {
  assert.equal(parsed('data'), '"data" has no target; did you mean "data:/data"?')
  assert.equal(
    parsed('conf/web.conf:/c'),
    '"conf/web.conf" is neither a volume\'s name nor a path; did you mean "./conf/web.conf"?',
  )
  assert.equal(parsed('/data:ro'), '"/data:ro" has options but no target; write name:/target:ro')
  assert.equal(parsed('data:/d:shared'), 'option "shared" is for binds; a volume has no propagation')
  assert.equal(parsed('/srv:/d:nocopy'), 'option "nocopy" is for volumes; nothing is ever copied into a bind')
  assert.equal(parsed('data:/d:rslav'), 'unknown option "rslav"; did you mean "rslave"?')
  assert.equal(
    parsed('a:/b:'),
    'unknown option ""; known are ro, rw, nocopy, rprivate, private, rslave, slave, rshared, shared',
  )
})
