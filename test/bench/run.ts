/** `npm run bench` runs every bench, `npm run bench -- pull start` these; each is a program of its own, which cleans up. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { inventory, leakReport } from '../support/leaks.ts'
import { describeMachine } from './support/machine.ts'

const known = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.ts') && name !== 'run.ts')
  .map(name => name.replace(/\.ts$/, ''))
const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`usage: npm run bench [-- ${known.join(' ')}]\n`)
  process.exit(64)
}
if (process.getuid?.() !== 0) {
  process.stderr.write('the benches make containers: run them as root\n')
  process.exit(1)
}
const before = inventory()
process.stdout.write(`${describeMachine()}\n`)
const failed = (wanted.length > 0 ? wanted : known).filter(name => {
  const begun = performance.now()
  process.stdout.write(`\n## ${name}\n\n`)
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${name}.ts`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  process.stdout.write(`\n${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`)
  return status !== 0
})
const leaks = leakReport(before)
if (leaks.total > 0) process.stdout.write(`left behind: ${leaks.text}\n`)
if (failed.length > 0) process.stdout.write(`FAILED: ${failed.join(' ')}\n`)
process.exit(failed.length === 0 && leaks.total === 0 ? 0 : 1)
