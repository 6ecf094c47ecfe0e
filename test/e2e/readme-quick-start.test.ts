import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { requireRoot } from '../support/lab.ts'

test("README's quick start does what README says, line by line", { timeout: 120_000 }, () => {
  requireRoot()
  const { RECONCILE_PRIVATE_HOST: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  const demo = spawnSync(process.execPath, ['scripts/demo.ts'], { encoding: 'utf8', env, timeout: 110_000 })
  assert.equal(demo.status, 0, demo.stdout + demo.stderr)
  assert.match(demo.stdout, /demo: all as README\.md says\n$/)
})
