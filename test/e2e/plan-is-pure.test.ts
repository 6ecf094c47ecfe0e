/** A plan changes nothing: traced, it makes no call that could, and it needs no right to change anything. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { type Lab, labOptions, makeLab } from '../support/lab.ts'
import { changes, opensForWriting, type Traced, traced, writtenTo } from '../support/traced.ts'

const manifest = (name: string, more = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 200ms }, mounts: ["${name}-data:/data"]${more} }
`

/** A host on which a plan has everything to do: make, change in place, make anew, restart, remove, prune a volume. */
async function pending(t: TestContext): Promise<Lab> {
  const lab = makeLab(t)
  for (const name of ['limits', 'spec', 'ended', 'gone']) lab.write(`${name}.yaml`, manifest(name))
  lab.write('old.yaml', 'apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: old }\nspec: { removal: delete }\n')
  await lab.expect(0, '--once', lab.manifests)
  process.kill(await lab.pid('ended'), 'SIGKILL')
  lab.write('limits.yaml', manifest('limits', ', limits: { memory: 48Mi, pids: 9 }'))
  lab.write('spec.yaml', manifest('spec', ', hostname: other'))
  lab.write('new.yaml', manifest('new', ', env: { A: b }'))
  lab.write('bad.yaml', manifest('bad', ', memroy: 1'))
  for (const name of ['gone', 'old']) rmSync(`${lab.manifests}/${name}.yaml`)
  return lab
}

/** Nothing is opened for writing, and only the standard output and error, which stand for the terminal, are written to. */
function assertPure(run: Traced): void {
  assert.ok(run.calls.length > 500, 'the trace has its calls')
  assert.ok(
    run.calls.some(call => call.startsWith('openat(')),
    'and shows what is opened',
  )
  assert.deepEqual(opensForWriting(run), [])
  assert.deepEqual(changes(run), [])
  assert.deepEqual(writtenTo(run), [])
}

test('a traced plan opens nothing for writing and changes nothing; nor do the other commands that look', async t => {
  const lab = await pending(t)
  const command = `${process.cwd()}/bin/reconcile`
  const run = traced(`${lab.folder}/trace`, command, ...labOptions(lab), 'plan', lab.manifests)
  assert.equal(run.code, 5, run.stderr)
  assert.match(run.stdout, /plan: 2 to create, 1 to change in place, 1 to restart, 1 to recreate, 2 to remove/)
  assertPure(run)
  for (const args of [
    ['drift', lab.manifests],
    ['validate', lab.manifests],
    ['ps'],
    ['why', 'limits'],
    ['inspect', 'limits'],
  ])
    assertPure(traced(`${lab.folder}/trace`, command, ...labOptions(lab), ...args))
  const nowhere = labOptions({ root: `${lab.folder}/no-root`, run: `${lab.folder}/no-run` })
  const first = traced(`${lab.folder}/trace`, command, ...nowhere, 'plan', lab.manifests)
  assertPure(first)
  assert.deepEqual([existsSync(`${lab.folder}/no-root`), existsSync(`${lab.folder}/no-run`)], [false, false])
})

test('the trace would show a write: the same look at a command that changes something', async t => {
  const lab = makeLab(t)
  const file = lab.write('old.yaml', 'apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: old }\n')
  // no container is started here: a trace ends with the last process that it follows
  const run = traced(`${lab.folder}/trace`, `${process.cwd()}/bin/reconcile`, ...labOptions(lab), '--once', file)
  assert.equal(run.code, 0, run.stderr)
  assert.ok(opensForWriting(run).some(call => call.includes(lab.root)))
  assert.ok(changes(run).some(call => call.startsWith('rename')))
  assert.ok(writtenTo(run).some(path => path.startsWith(lab.root)))
})

test('a checkout that was never built plans too, and stays as it is', async t => {
  const lab = makeLab(t)
  lab.write('new.yaml', manifest('new'))
  const checkout = `${lab.folder}/checkout`
  mkdirSync(checkout)
  for (const name of ['bin', 'src', 'package.json'])
    cpSync(name, `${checkout}/${name}`, { recursive: true, filter: path => !path.startsWith('src/core') })
  symlinkSync(`${process.cwd()}/node_modules`, `${checkout}/node_modules`)
  const before = readdirSync(checkout, { recursive: true })
  const run = traced(`${lab.folder}/trace`, `${checkout}/bin/reconcile`, ...labOptions(lab), 'plan', lab.manifests)
  assert.equal(run.code, 2, run.stderr)
  assertPure(run)
  assert.deepEqual(readdirSync(checkout, { recursive: true }), before)
})

test('a plan gives the same text with the data-root read-only, and without capabilities', async t => {
  const lab = await pending(t)
  const plan = `'${process.cwd()}/bin/reconcile' ${labOptions(lab).join(' ')} plan ${lab.manifests}`
  const bind = (path: string) => `mount --bind ${path} ${path} && mount -o remount,bind,ro ${path}`
  const run = (script: string) => {
    const ran = spawnSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', script], { encoding: 'utf8' })
    return [ran.status, ran.stdout, ran.stderr]
  }
  const usual = run(plan)
  assert.equal(usual[0], 5, String(usual[2]))
  assert.match(String(usual[1]), /2 to create, 1 to change in place, 1 to restart, 1 to recreate, 2 to remove/)
  const readOnly = [lab.root, lab.run, process.cwd()].map(bind).join('; ')
  assert.deepEqual(run(`${readOnly}; ! touch ${lab.root}/x 2>/dev/null; ${plan}`), usual)
  const without = 'setpriv --bounding-set=-all --inh-caps=-all --no-new-privs'
  assert.match(String(run(`${without} grep CapEff /proc/self/status`)[1]), /CapEff:\s+0000000000000000/)
  assert.deepEqual(run(`${without} ${plan}`), usual)
  assert.deepEqual(run(`${readOnly}; ${without} ${plan}`), usual)
})
