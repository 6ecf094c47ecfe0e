/**
 * The table of every limit × { set, read back, changed in place, drift by hand, healed, pid unchanged } on this kernel, and on those
 * of several Debian suites, with cgroup v2 alone, in virtual machines:
 *
 *     npm run matrix -- [SUITE...]        by default: this host's own suite, trixie and sid
 *
 * Exits 1 when one of them has a row that is not as promised.
 */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const test = ['--test', '--test-isolation=none', '--test-reporter=spec', 'test/e2e/limits-matrix.test.ts']
const own = 'own'
const asked = process.argv.slice(2)
const suites = asked.length > 0 ? asked : [own, 'trixie', 'sid']

const here = show('this host', [...test])
const elsewhere = suites.map(suite => {
  const options = suite === own ? [] : ['--suite', suite]
  return show(`suite ${suite}`, ['scripts/vm.ts', '--limit', '280', ...options, '--', process.execPath, ...test])
})
process.exitCode = [here, ...elsewhere].every(Boolean) ? 0 : 1

/** The test's table, or all that it said when it failed. */
function show(name: string, args: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: resolve(import.meta.dirname, '..'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 900_000,
  })
  const isPassed = status === 0
  const table = stdout
    .split('\n')
    .flatMap(line => /^ℹ (?!tests |suites |pass |fail |cancelled |skipped |todo |duration)(.*)$/.exec(line)?.[1] ?? [])
  process.stdout.write(isPassed ? `${table.join('\n')}\n\n` : `${name}: FAILED\n${stdout}${stderr}\n`)
  return isPassed
}
