/** All this on a stock kernel whose only hierarchy is cgroup v2: in a virtual machine, with this machine's files. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { test } from 'node:test'

/** The guest may be without hardware's help: what it runs is compiled here, where that takes a tenth of the time. */
const compiled = `${process.cwd()}/build/vm/compiled`
/** Tests of any kernel that are run here as well. */
const onBoth = ['e2e/sixty-layers', 'e2e/limits-matrix', 'e2e/limit-sets', 'integration/mounts-heal']
const files = [...globSync('test/vm/*.test.ts'), ...onBoth.map(name => `test/${name}.test.ts`)]

function run(command: string, ...args: readonly string[]) {
  // a test runner that is run by another one would speak its language
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled, NODE_TEST_CONTEXT: undefined }
  const ran = spawnSync(command, args, {
    env,
    encoding: 'utf8',
    timeout: 280_000,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { code: ran.status, said: ran.stdout + ran.stderr }
}

const tests = (...options: readonly string[]) =>
  [process.execPath, '--test', '--test-isolation=none', ...options, ...files] as const
const onVm = (limitSeconds: number, ...command: readonly string[]) =>
  run(process.execPath, 'scripts/vm.ts', '--limit', `${limitSeconds}`, '--', ...command)

test('containers, their limits, mounts and images of many layers are the same on a kernel with cgroup v2 alone', t => {
  const [command, ...args] = tests('--test-name-pattern=^none has this name$')
  const first = run(command, ...args)
  assert.equal(first.code, 0, first.said)
  const { code, said } = onVm(240, ...tests())
  assert.equal(code, 0, said)
  assert.match(said, /^ℹ pass [1-9]/m)
  t.diagnostic(said.replace(/\n+/g, '; '))
})

test('the exit code of a command in the virtual machine is handed on, and one that takes too long is ended', () => {
  const quick = onVm(100, 'sh', '-c', 'echo "$0" "$1"; exit 7', "it's", 'a b')
  assert.deepEqual(quick, { code: 7, said: "it's a b\n" })
  const slow = onVm(1, 'true')
  assert.equal(slow.code, 124, slow.said)
  assert.match(slow.said, /^vm: still running after 1 s\n/)
})
