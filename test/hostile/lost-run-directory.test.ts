import assert from 'node:assert/strict'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { cgroupOf, eventually, makeLab, readText, type Lab } from '../support/lab.ts'

const manifest = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  command: [sh, -c, "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"]
  stop: { grace: 60s }
`

/** The shim of the lab's only container. */
function shimPid(lab: Lab): number {
  const [rootId = ''] = readdirSync(lab.run)
  const [short = ''] = readdirSync(`${lab.run}/${rootId}`).filter(name => /^[0-9a-f]{16}$/.test(name))
  return JSON.parse(readFileSync(`${lab.run}/${rootId}/${short}/state`, 'utf8')).shimPid
}

/** A zombie only waits for init. */
const isRunning = (pid: number) => /\) [^ZX] /.test(readText(`/proc/${pid}/stat`))

for (const shimDies of [false, true]) {
  const which = shimDies ? ' and whose shim is dead' : ''
  test(`a container whose run directory was deleted${which} is seen, kept, stopped and removed`, async t => {
    const lab = makeLab(t)
    const file = lab.write('web.yaml', manifest)
    await lab.expect(0, '--once', file)
    const pid = await lab.pid('web')
    await eventually(
      async () => /up/.test((await lab.expect(0, 'logs', 'web')).stdout),
      20_000,
      () => 'no output',
    )
    const shim = shimPid(lab)
    if (shimDies) process.kill(shim, 'SIGKILL')
    rmSync(lab.run, { recursive: true })
    assert.equal((await lab.inspect('web')).phase, 'running')
    assert.equal(await lab.pid('web'), pid)
    await lab.expect(0, '--once', file)
    assert.equal(await lab.pid('web'), pid)
    rmSync(lab.run, { recursive: true })
    const down = await lab.expect(0, 'down', file)
    assert.ok(down.ms < 50_000, `down waited for the grace: ${down.ms} ms`)
    assert.ok(!isRunning(pid) && !isRunning(shim))
    assert.deepEqual(readdirSync(`${lab.root}/containers`), [])
  })
}

test('a container that was frozen by hand is stopped all the same', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest.replace('10s', '1s'))
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  writeFileSync(`${cgroupOf(pid, 'freezer')}/freezer.state`, 'FROZEN')
  await lab.expect(0, 'down', file)
  assert.ok(!isRunning(pid))
})

test('a container that ends leaves no run directory of its data-root', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest)
  await lab.expect(0, '--once', file)
  process.kill(await lab.pid('web'), 'SIGKILL')
  await eventually(
    () => readdirSync(lab.run).length === 0,
    20_000,
    () => readdirSync(lab.run).join(),
  )
})
