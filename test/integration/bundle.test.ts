/** `bin/reconcile` runs what `npm run build` bundled, and never an old bundle of sources that were edited since. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { makeBundle } from '../../scripts/bundle.ts'
import { makeLab } from '../support/lab.ts'

async function checkout(t: TestContext): Promise<string> {
  const { folder } = makeLab(t)
  const copy = `${folder}/checkout`
  mkdirSync(`${copy}/build`, { recursive: true })
  for (const name of ['bin', 'src', 'package.json'])
    cpSync(name, `${copy}/${name}`, { recursive: true, filter: path => !path.startsWith('src/core') })
  symlinkSync(`${process.cwd()}/node_modules`, `${copy}/node_modules`)
  await makeBundle(copy)
  return copy
}

const opened = (log: string, copy: string) => {
  const ran = spawnSync('strace', ['-f', '-qq', '-e', 'trace=openat', '-o', log, `${copy}/bin/reconcile`, '--version'])
  assert.equal(ran.status, 0, String(ran.stderr))
  const trace = spawnSync('grep', ['-o', `${copy}/[^"]*`, log], { encoding: 'utf8' }).stdout.split('\n')
  return trace.filter(path => /\/(src|build)\//.test(path)).map(path => path.slice(copy.length + 1))
}

test('one script and its code cache are read, and no source', async t => {
  const copy = await checkout(t)
  const read = opened(`${copy}/trace`, copy)
  assert.equal(read.length, 3, read.join(' '))
  assert.match(read.join(' '), /^build\/reconcile\.cjs build\/reconcile-\w+\.cache build\/reconcile-\w+\.cjs$/)
})

test('an edited source runs as it is', async t => {
  const copy = await checkout(t)
  appendFileSync(`${copy}/src/cli/program/program.ts`, '\nprocess.stdout.write("edited ")\n')
  const said = spawnSync(`${copy}/bin/reconcile`, ['--version'], { encoding: 'utf8' })
  assert.match(said.stdout, /^edited \d+\.\d+\.\d+\n$/)
})

test('a package without sources runs', async t => {
  const copy = await checkout(t)
  rmSync(`${copy}/src`, { recursive: true })
  const said = spawnSync(`${copy}/bin/reconcile`, ['--version'], { encoding: 'utf8' })
  assert.match(said.stdout, /^\d+\.\d+\.\d+\n$/)
})
