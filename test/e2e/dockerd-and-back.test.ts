import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { busybox } from '../support/busybox-layer.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'
import { startEngine, type StockEngine } from '../support/stock-engine.ts'
import { dir, tar } from '../support/tar.ts'

const script = 'echo up >> /data/starts; echo up; trap "exit 0" TERM; sleep 1000 & wait'
const shell = 'test $$ = 1 || echo has an init; tty; echo up > /state; sleep 1000'
const onItsTerminal = 'has an init\r\n/dev/pts/0\r\n'
const manifests = (state: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web, labels: { tier: front } }
spec: { image: "app:1", state: ${state}, mounts: ["kept:/data"] }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: job }
spec: { image: "app:1", command: ["echo once; exit 3"], restart: { policy: "no" } }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: shell }
spec:
  image: app:1
  command: ["${shell}"]
  state: ${state}
  tty: true
  init: true
  health: { test: "echo I am $(cat /state)", interval: 200ms, timeout: 10s }
`

async function makeImage(lab: Lab): Promise<void> {
  const defaults = { Entrypoint: ['sh', '-c'], Cmd: [script], Env: ['PATH=/bin'] }
  const archive = join(lab.folder, 'app.tar')
  writeFileSync(
    archive,
    dockerArchive('app:1', [tar(...busybox('sh', 'sleep', 'echo', 'tty', 'test', 'cat'), dir('data/'))], [], defaults),
  )
  await lab.expect(0, 'images', 'load', archive)
}

const logOf = async (lab: Lab, name: string) => (await lab.expect(0, 'logs', name)).stdout

test('containers go to a stock dockerd on the same data-root, run there, and come back', async t => {
  const lab = makeLab(t)
  await makeImage(lab)
  const apply = async (state: string) => lab.reconcile('--once', lab.write('all.yaml', manifests(state)))
  await apply('running')
  await eventually(
    async () => (await logOf(lab, 'web')) === 'up\n',
    10_000,
    () => 'web never said up',
  )
  const before = await lab.inspect('web')
  process.kill(await lab.pid('web'), 'SIGKILL')
  const notYet = /^! web ended, and no run of reconcile has written down how: dockerd would take it for exit code 0$/m
  await eventually(
    async () => notYet.test((await lab.reconcile('handover', '--check')).stdout),
    10_000,
    () => 'handover does not know that web ended',
  )
  await apply('stopped')
  const checked = await lab.expect(0, 'handover', '--check')
  assert.match(checked.stdout, /^starts +web +restart policy always, also after a stop$/m)
  assert.doesNotMatch(checked.stdout, /^!/m)
  assert.match(checked.stdout, /^lists +job +restart policy no$/m)

  const engine = await startEngine(lab.root)
  const { docker } = engine
  let warnings: readonly string[] = ['not stopped']
  try {
    assert.equal(docker('ps', '--format', '{{.Names}}').trim().split('\n').sort().join(), 'shell,web')
    assert.equal(docker('inspect', '--format', '{{.State.ExitCode}}', 'job').trim(), '3')
    await eventually(
      () => docker('logs', 'web') === 'up\nup\n',
      10_000,
      () => `web says ${docker('logs', 'web')}`,
    )
    await hasTerminalInitAndHealth(engine)
    docker('stop', 'web', 'shell')
    docker('rm', 'job')
  } finally {
    warnings = await engine.stop()
  }
  // dockerd itself is surprised by a probe that is under way when it stops its container
  const ofOurs = warnings.filter(line => !/Health check for container .* No such exec instance/.test(line))
  assert.deepEqual(ofOurs, [])

  const again = await apply('running')
  assert.match(again.stdout, /container web +restarted/)
  assert.match(again.stdout, /container job +created/)
  const after = await lab.inspect('web')
  assert.equal(after.id, before.id)
  await eventually(
    async () => (await logOf(lab, 'web')) === 'up\nup\nup\n',
    10_000,
    () => 'web did not say up a third time',
  )
  assert.equal(await logOf(lab, 'job'), 'once\n')
  assert.equal(await logOf(lab, 'shell'), onItsTerminal.repeat(3))
  assert.match((await lab.expect(0, 'ps')).stdout, /^shell .*\(healthy\)/m)
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})

/** What dockerd has read of ours, and does with it. */
async function hasTerminalInitAndHealth({ docker }: StockEngine): Promise<void> {
  const read = () => JSON.parse(docker('inspect', 'shell'))[0]
  await eventually(
    () => read().State.Health?.Status === 'healthy',
    30_000,
    () => JSON.stringify(read().State),
  )
  const { Config, HostConfig, State } = read()
  assert.deepEqual([Config.Tty, Config.OpenStdin, HostConfig.Init], [true, true, true])
  assert.deepEqual(Config.Healthcheck.Test, ['CMD-SHELL', 'echo I am $(cat /state)'])
  assert.deepEqual([State.Health.Log.at(-1).ExitCode, State.Health.Log.at(-1).Output], [0, 'I am up\n'])
  assert.equal(docker('logs', 'shell'), onItsTerminal.repeat(2))
  assert.equal(docker('exec', 'shell', 'cat', '/proc/1/comm').trim(), 'docker-init')
}
