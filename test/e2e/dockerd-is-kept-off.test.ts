import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { startEngine } from '../support/stock-engine.ts'

const refusal = /error while opening volume store metadata database: timeout/
const manifest = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: [sleep, "1000"], mounts: ["kept:/kept"] }
`
type Checked = {
  readonly ready: boolean
  readonly running: readonly string[]
  readonly heldBy: readonly { readonly pid: number; readonly isExclusive: boolean }[]
}

const check = async (lab: Lab, code: number): Promise<Checked> =>
  JSON.parse((await lab.expect(code, 'handover', '--check', '--output', 'json')).stdout)

/** The shim of `web`, and its run directory. */
function shimOf(lab: Lab): { readonly pid: number; readonly state: string } {
  const [rootId = ''] = readdirSync(lab.run)
  const [run = ''] = readdirSync(`${lab.run}/${rootId}`)
  const state = `${lab.run}/${rootId}/${run}/state`
  return { pid: JSON.parse(readFileSync(state, 'utf8')).shimPid, state }
}

/** Our processes for this data-root, but for shims. */
const reconciles = (lab: Lab): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
    .filter(line => line.includes('/src/main.ts') && line.includes(lab.root))

const startAndStop = async (lab: Lab): Promise<void> => {
  const engine = await startEngine(lab.root)
  assert.deepEqual(await engine.stop(), [])
}
const isGone = (pid: number) => readText(`/proc/${pid}/stat`) === '' || / Z /.test(readText(`/proc/${pid}/stat`))

test('a dockerd refuses to start while a container of ours runs, with nothing else of ours alive; then it starts', async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('web.yaml', manifest))
  const pid = await lab.pid('web')
  const shim = shimOf(lab)
  assert.deepEqual(reconciles(lab), [])
  const checked = await check(lab, 4)
  assert.deepEqual([checked.running, checked.heldBy], [['web'], [{ pid: shim.pid, isExclusive: false }]])
  await assert.rejects(startEngine(lab.root), refusal)
  // what the run's own files say has no part in it
  const state = readFileSync(shim.state, 'utf8')
  writeFileSync(shim.state, state.replaceAll(`${shim.pid}`, '1').replaceAll(`:${pid},`, ':1,'))
  await assert.rejects(startEngine(lab.root), refusal)
  writeFileSync(shim.state, state)
  assert.equal(await lab.pid('web'), pid)
  process.kill(pid, 'SIGKILL')
  await eventually(
    () => isGone(shim.pid),
    10_000,
    () => 'the shim lives on',
  )
  assert.deepEqual(await check(lab, 0).then(({ running, heldBy }) => [running, heldBy]), [[], []])
  await startAndStop(lab)
})

test("a dockerd isn't kept off by what a dead run left, nor by a process that got its pid", async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('web.yaml', manifest))
  const pid = await lab.pid('web')
  const shim = shimOf(lab)
  process.kill(shim.pid, 'SIGKILL')
  await eventually(
    () => isGone(shim.pid),
    10_000,
    () => 'the shim lives on',
  )
  const unguarded = await lab.expect(4, 'handover', '--check')
  assert.match(unguarded.stdout, /x web runs: its supervisor is gone, so nothing keeps a dockerd off; stop it first/)
  process.kill(pid, 'SIGKILL')
  await eventually(
    () => isGone(pid),
    10_000,
    () => 'the container lives on',
  )
  const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' })
  t.after(() => stranger.kill('SIGKILL'))
  const stale = JSON.parse(readFileSync(shim.state, 'utf8'))
  writeFileSync(shim.state, JSON.stringify({ ...stale, pid: stranger.pid, shimPid: stranger.pid }))
  assert.deepEqual(await check(lab, 0).then(({ ready, running }) => [ready, running]), [true, []])
  await startAndStop(lab)
})

test('a watcher keeps a dockerd off too, and a dockerd that runs keeps us off', async t => {
  const lab = makeLab(t)
  lab.write('volume.yaml', 'apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: kept }\n')
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const watched = await lab.expect(4, 'handover', '--check')
  assert.match(watched.stdout, new RegExp(`x a reconcile is at work \\(pid ${watcher.pid}\\): dockerd refuses`))
  await assert.rejects(startEngine(lab.root), refusal)
  await watcher.kill('SIGTERM')
  const engine = await startEngine(lab.root)
  try {
    assert.match((await lab.expect(4, 'handover', '--check')).stdout, /x a dockerd uses it already \(pid \d+\)/)
    const refused = await lab.expect(4, '--once', lab.manifests)
    assert.match(refused.stderr, /a dockerd uses .* Nothing was changed\./)
  } finally {
    assert.deepEqual(await engine.stop(), [])
  }
  await lab.expect(0, '--once', lab.manifests)
})
