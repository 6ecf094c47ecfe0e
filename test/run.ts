/**
 * The project's one test command. `node test/run.ts check` is what needs no root and no built core (under 60 s);
 * `all` builds the core, runs everything, and ends with the leak check; `unit`, `integration`, … run one folder.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { inventory, leakReport } from './support/leaks.ts'

type Stage = { readonly name: string; readonly run: () => boolean }

/** `pattern`: of the files in that folder. */
const nodeTests = (folder: string, concurrency: number, pattern = '**/*.test.ts'): Stage => ({
  name: folder,
  run: () => {
    const files = globSync(`test/${folder}/${pattern}`).sort()
    if (files.length === 0) return refuse(`no test in test/${folder}`)
    return command('node', ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=300000', ...files])
  },
})

const tool = (name: string, binary: string, args: readonly string[]): Stage => ({
  name,
  run: () => command(binary, args),
})

const checks: readonly Stage[] = [
  tool('format', 'biome', ['format', '.']),
  tool('lint', 'oxlint', ['--type-aware', '--deny-warnings', 'src', 'test', 'scripts']),
  tool('types', 'tsc', ['--noEmit', '-p', '.']),
  { name: 'boundaries', run: boundaries },
  tool('dead code', 'knip', ['--no-progress']),
  tool('generated files', 'node', ['scripts/generate.ts', '--check']),
  nodeTests('unit', 2),
  nodeTests('property', 2),
  nodeTests('golden', 2),
]

const onTheKernel: readonly Stage[] = [
  tool('host', 'node', ['scripts/install-test-packages.ts']),
  tool('kernel', 'node', ['scripts/vm.ts', '--fetch']),
  tool('core', 'node', ['scripts/build-core.ts']),
  tool('core tests', 'node', ['scripts/build-core.ts', '--test']),
  nodeTests('integration', 2),
  nodeTests('fault', 2),
  nodeTests('hostile', 2),
  nodeTests('e2e', 2, '*.test.ts'),
  // what a neighbour would disturb
  nodeTests('e2e/alone', 1),
]

const suites: Readonly<Record<string, readonly Stage[]>> = {
  check: checks,
  all: [...checks, ...onTheKernel],
  ...Object.fromEntries(
    ['unit', 'property', 'golden', 'integration', 'fault', 'hostile', 'e2e'].map(name => [name, [nodeTests(name, 1)]]),
  ),
}

function boundaries(): boolean {
  const result = spawnSync('depcruise', ['src', '--config', '.dependency-cruiser.cjs'], { encoding: 'utf8' })
  process.stdout.write(result.stdout + result.stderr)
  const cruised = Number(/\((\d+) modules/.exec(result.stdout)?.[1] ?? 0)
  return result.status === 0 && (cruised > 50 || refuse(`only ${cruised} modules were cruised: the rules saw nothing`))
}

function command(binary: string, args: readonly string[]): boolean {
  const result = spawnSync(binary, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (result.error) return refuse(`${binary}: ${result.error.message}`)
  return result.status === 0
}

function refuse(message: string): false {
  process.stdout.write(`${message}\n`)
  return false
}

function runSuite(stages: readonly Stage[]): boolean {
  for (const stage of stages) {
    const begun = performance.now()
    const passed = stage.run()
    process.stdout.write(
      `${passed ? 'passed' : 'FAILED'}  ${stage.name}  ${((performance.now() - begun) / 1000).toFixed(1)} s\n`,
    )
    if (!passed) return false
  }
  return true
}

const name = process.argv[2] ?? 'all'
const stages = suites[name]
if (stages === undefined) {
  process.stderr.write(`usage: node test/run.ts ${Object.keys(suites).join('|')}\n`)
  process.exit(64)
}
if (stages !== checks && process.getuid?.() !== 0) {
  process.stderr.write('these tests make containers: run them as root, or `npm run check` for what needs no root\n')
  process.exit(1)
}
const before = inventory()
const passed = runSuite(stages)
const leaks = leakReport(before)
process.stdout.write(`leak check: ${leaks.text}\n`)
const good = passed && leaks.total === 0
process.stdout.write(good ? 'all passed\n' : 'FAILED\n')
process.exit(good ? 0 : 1)
