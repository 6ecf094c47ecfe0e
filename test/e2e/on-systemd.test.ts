/** Where systemd is the first process and owns the cgroup tree, containers live in what it delegates, whoever starts them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { test } from 'node:test'

const compiled = `${process.cwd()}/build/vm/compiled`

test('containers live in a delegated scope of systemd, and outlive whoever started them', t => {
  const args = ['--test', '--test-isolation=none', ...globSync('test/vm/systemd/*.test.ts')]
  const options = ['--systemd', '--limit', '240', '--', process.execPath, ...args]
  const ran = spawnSync(process.execPath, ['scripts/vm.ts', ...options], {
    // a test runner that is run by another one would speak its language
    env: { ...process.env, NODE_COMPILE_CACHE: compiled, NODE_TEST_CONTEXT: undefined },
    encoding: 'utf8',
    timeout: 280_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = ran.stdout + ran.stderr
  assert.equal(ran.status, 0, said)
  assert.match(said, /^ℹ pass [1-9]/m)
  t.diagnostic(said.replace(/\n+/g, '; '))
})
