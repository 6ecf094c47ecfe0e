/** Where a data-root's cgroups are. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { containerCgroup, parentCgroup, scopeOf } from '../../../src/observe/cgroup-places.ts'

const rootId = '0123456789ab'

test('at the top of every hierarchy, and in a scope where systemd owns the tree', t => {
  const unified = mkdtempSync(join(tmpdir(), 'reconcile-test-tree-'))
  t.after(() => rmSync(unified, { recursive: true }))
  const ours = { isSystemds: false, unified }
  assert.equal(parentCgroup(ours, rootId), 'reconcile-0123456789ab')
  assert.equal(scopeOf(ours, rootId), null)

  const systemds = { isSystemds: true, unified }
  assert.equal(
    containerCgroup(systemds, rootId, 'c1'),
    'reconcile.slice/reconcile-0123456789ab.scope/reconcile-0123456789ab/c1',
  )
  assert.deepEqual(scopeOf(systemds, rootId), {
    unit: 'reconcile-0123456789ab.scope',
    slice: 'reconcile.slice',
    shims: join(unified, 'reconcile.slice/reconcile-0123456789ab.scope/shims'),
  })
})

test('one at the top that is there already stays in use', t => {
  const unified = mkdtempSync(join(tmpdir(), 'reconcile-test-tree-'))
  t.after(() => rmSync(unified, { recursive: true }))
  mkdirSync(join(unified, 'reconcile-0123456789ab'))
  const tree = { isSystemds: true, unified }
  assert.equal(parentCgroup(tree, rootId), 'reconcile-0123456789ab')
  assert.equal(scopeOf(tree, rootId), null)
})
