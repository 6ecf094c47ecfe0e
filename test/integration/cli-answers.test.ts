import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Lab, makeLab } from '../support/lab.ts'

const container = (name: string, command: string, more = '') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sh, -c, "${command}"], stop: { signal: SIGKILL }${more} }
---
`

const shell = (lab: Lab, script: string) =>
  spawnSync(
    'bash',
    ['-c', script.replaceAll('RECONCILE', `${process.cwd()}/bin/reconcile --root ${lab.root} --run ${lab.run}`)],
    {
      encoding: 'utf8',
      timeout: 20_000,
    },
  )

test('logs -f of a container that is silent ends when its reader does', async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('talk.yaml', container('talk', 'echo one; sleep 1000')))
  const begun = performance.now()
  const piped = shell(lab, 'RECONCILE logs -f talk | head -1')
  assert.deepEqual([piped.stdout, piped.stderr, piped.status], ['one\n', '', 0])
  assert.ok(performance.now() - begun < 8000)
})

test('state: stopped ends with a line that says so, with the exit code', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', container('web', 'sleep 1000'))
  await lab.expect(0, '--once', file)
  lab.write('web.yaml', container('web', 'sleep 1000', ', state: stopped'))
  const { stdout } = await lab.expect(0, '--once', file)
  assert.match(stdout, /~ container web +stopping .*\n~ container web +stopped \(SIGKILL, exit 137, .*\)\nconverged: /)
})

test('a container that gave up is a result: no drift, no watcher asked for, one blocked in the plan', async t => {
  const lab = makeLab(t)
  const restart = ', restart: { policy: on-failure, maxRetries: 1 }'
  const file = lab.write('job.yaml', container('job', 'exit 3', restart))
  const once = await lab.expect(1, '--once', file)
  assert.doesNotMatch(once.stderr, /watcher/)
  assert.doesNotMatch((await lab.expect(0, 'drift', file)).stdout, /repairs/)
  assert.match((await lab.expect(0, 'plan', file)).stdout, /0 to remove; 1 blocked\. Nothing was changed/)
  assert.doesNotMatch((await lab.expect(0, 'why', 'job')).stdout, /exited \(3\) +exited \(3\)/)
})

test('what can only be answered with an error is JSON too when that is asked for', async t => {
  const lab = makeLab(t)
  const nowhere = `${lab.folder}/nowhere`
  const cases = [
    [64, 'plna'],
    [64, 'ps', '--nope'],
    [64, 'why'],
    [4, 'validate', nowhere],
    [4, 'plan', nowhere],
    [4, 'drift', nowhere],
    [4, '--once', nowhere],
    [1, 'why', 'nothing'],
    [1, 'restart', 'nothing'],
    [64, 'exec', 'nothing'],
    [1, 'exec', 'nothing', 'true'],
    [1, 'volumes', 'rm', 'nothing'],
  ] as const
  for (const [code, ...args] of cases) {
    const { stdout } = await lab.expect(code, '--output', 'json', ...args)
    const { error } = JSON.parse(stdout) as { error: string }
    assert.ok(error.length > 0 && !error.startsWith('error'), `${args.join(' ')}: ${stdout}`)
  }
})

test('the help of a command names the global options and the exit codes', async t => {
  const lab = makeLab(t)
  for (const args of [
    ['plan', '--help'],
    ['help', 'plan'],
    ['volumes', 'rm', '--help'],
  ]) {
    const { stdout } = await lab.expect(0, ...args)
    assert.match(stdout, /--output text\|json/)
    assert.match(stdout, /Exit codes: 0 .* 2 plan, drift: pending/)
  }
})

test('a plan invents no id for what it does not make', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', container('web', 'sleep 1000', ', mounts: ["/a", "/b"]'))
  const { stdout } = await lab.expect(2, 'plan', file)
  assert.equal(stdout.match(/\+ volume +new +create/g)?.length, 2, stdout)
  assert.match(stdout, /3 to create/)
})

test('a plan shows the volume that goes with its data once its user has let go of it', async t => {
  const lab = makeLab(t)
  const volume = `
apiVersion: reconcile/v1
kind: Volume
metadata: { name: goner }
spec: { removal: delete }
`
  const file = lab.write('web.yaml', container('web', 'sleep 1000', ', mounts: ["goner:/data"]') + volume)
  await lab.expect(0, '--once', file)
  lab.write('web.yaml', container('web', 'sleep 1000'))
  const { stdout } = await lab.expect(2, 'plan', file)
  assert.match(stdout, /- volume +goner +remove +no longer declared/)
  assert.match(stdout, /1 to change in place, .*1 to remove/)
  assert.match((await lab.expect(0, '--once', file)).stdout, /unmounted \/data[^]*- volume +goner +removed/)
})

test('a one-shot that has completed asks for no watcher', async t => {
  const lab = makeLab(t)
  const restart = ', restart: { policy: on-failure }'
  const { stderr } = await lab.expect(0, '--once', lab.write('job.yaml', container('job', 'exit 0', restart)))
  assert.equal(stderr, '')
})

test('a directory that may not be read is not called missing', async t => {
  const lab = makeLab(t)
  chmodSync(lab.folder, 0o755)
  chmodSync(lab.manifests, 0o700)
  const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', `${process.cwd()}/bin/reconcile`]
  const ran = spawnSync('setpriv', [...asNobody, 'validate', lab.manifests], { encoding: 'utf8', cwd: '/' })
  assert.equal(ran.status, 5)
  assert.match(ran.stdout, /permission denied/)
  assert.doesNotMatch(ran.stderr, /no such directory/)
})

test('a file with errors is not told as nothing', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', container('web', 'sleep 1000'))
  await lab.expect(0, '--once', file)
  lab.write('web.yaml', container('web', 'sleep 1000', ', memroy: 1'))
  assert.match(
    (await lab.expect(5, 'plan', file)).stdout,
    /nothing to do: what files with errors declared earlier stays/,
  )
  assert.match((await lab.expect(5, 'drift', file)).stdout, /1 container is as last applied/)
})

test('a volume that down kept may be declared by another source, with its data', async t => {
  const lab = makeLab(t)
  const text = `${container('web', 'sleep 1000', ', mounts: ["data:/data"]')}
apiVersion: reconcile/v1
kind: Volume
metadata: { name: data }
`
  lab.write('web.yaml', text)
  const other = `${lab.folder}/other`
  mkdirSync(other)
  writeFileSync(`${other}/web.yaml`, text)
  await lab.expect(0, '--once', lab.manifests)
  writeFileSync(`${lab.root}/volumes/data/_data/kept`, 'kept')
  const refused = await lab.expect(4, '--once', other)
  assert.match(refused.stdout, /or `reconcile down \S*web\.yaml`, which keeps named volumes/)
  rmSync(`${lab.manifests}/web.yaml`)
  await lab.expect(0, 'down', `${lab.manifests}/web.yaml`)
  await lab.expect(0, '--once', other)
  assert.equal(readFileSync(`${lab.root}/volumes/data/_data/kept`, 'utf8'), 'kept')
})

test('an output that cannot be written is a failure, and a name without its project is understood', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', container('web, project: shop', 'sleep 1000'))
  await lab.expect(0, '--once', file)
  assert.match((await lab.expect(1, 'logs', 'web')).stderr, /did you mean `shop\/web`/)
  assert.equal(shell(lab, 'RECONCILE ps > /dev/full').status, 1)
})
