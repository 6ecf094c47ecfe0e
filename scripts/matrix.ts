/**
 * The table of every limit × { set, read back, changed in place, drift by hand, healed, pid unchanged } on this kernel, and on those
 * of several Debian suites, with cgroup v2 alone, in virtual machines:
 *
 *     npm run matrix -- [SUITE...]        by default: this host's own suite, trixie and sid
 *
 * Exits 1 when one of them has a row that is not as promised. By default the tables go into docs/limits-matrix.md, too.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '..')
const test = ['--test', '--test-isolation=none', '--test-reporter=spec', 'test/e2e/limits-matrix.test.ts']
const own = 'own'
const asked = process.argv.slice(2)
const suites = asked.length > 0 ? asked : [own, 'trixie', 'sid']

const tables = [
  tableOf('this host', test),
  ...suites.map(suite => {
    const options = suite === own ? [] : ['--suite', suite]
    return tableOf(`suite ${suite}`, ['scripts/vm.ts', '--limit', '280', ...options, '--', process.execPath, ...test])
  }),
]
const good = tables.filter(table => table !== null)
process.exitCode = good.length === tables.length ? 0 : 1
if (process.exitCode === 0 && asked.length === 0) writeFileSync(join(repository, 'docs/limits-matrix.md'), page(good))

/** The test's table; null, and all that it said, when it failed. */
function tableOf(name: string, args: readonly string[]): string | null {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 900_000,
  })
  const lines = stdout
    .split('\n')
    .flatMap(line => /^ℹ (?!tests |suites |pass |fail |cancelled |skipped |todo |duration)(.*)$/.exec(line)?.[1] ?? [])
  const table = status === 0 ? lines.map(line => line.trimEnd()).join('\n') : null
  process.stdout.write(`${table ?? `${name}: FAILED (${signal ?? `exit ${status}`})\n${stdout}${stderr}`}\n\n`)
  return table
}

function page(tables: readonly string[]): string {
  const intro = `# Limits, kernel by kernel

Written by \`npm run matrix\`: every limit on this machine's own kernel with its controllers on cgroup v1, and on kernels of several Debian
suites with cgroup v2 alone, in virtual machines. \`ok\` was asserted, what stands elsewhere is why there is no more to it.

- set, read back: the control file says what was declared, and we read it as declared.
- changed in place: another value, by a step of the class \`in-place\`, after which the file says the new one.
- drift by hand: somebody wrote the file, and an event told of it; *by the sweep*: the kernel tells nobody of it.
- healed, pid unchanged: one pass puts it back, and the process is the same.
`
  return `${intro}${tables.map(table => `\n\`\`\`text\n${table}\n\`\`\`\n`).join('')}`
}
