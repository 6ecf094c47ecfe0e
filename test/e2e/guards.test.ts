import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeLab } from '../support/lab.ts'

const sleeper = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: aa }
spec: { rootfs: host, command: [sleep, "1000"] }
`

test('a source has one watcher, and down is refused while it lives', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const second = await lab.expect(4, 'watch', lab.manifests)
  assert.match(second.stdout + second.stderr, new RegExp(`\\b${watcher.pid}\\b`))
  const down = await lab.expect(4, 'down', lab.manifests)
  const wayOut = `process ${watcher.pid} watches .* and would start all of it again: end it first \\(kill ${watcher.pid}\\)`
  assert.match(down.stdout + down.stderr, new RegExp(wayOut))
  await watcher.kill('SIGTERM')
  await lab.expect(0, 'down', lab.manifests)
})

test('a copied data-root, and one of another engine, are refused with exit 4 and left as they are', async t => {
  const lab = makeLab(t)
  const file = lab.write('a.yaml', sleeper)
  await lab.expect(0, '--once', file)
  await lab.expect(0, 'down', file)
  cpSync(lab.root, `${lab.folder}/copy`, { recursive: true })
  const copied = await lab.expect(4, '--root', `${lab.folder}/copy`, '--once', file)
  assert.match(copied.stdout + copied.stderr, /copy/)
  const docker = `${lab.folder}/docker`
  const id = 'ab'.repeat(32)
  mkdirSync(`${docker}/containers/${id}`, { recursive: true })
  mkdirSync(`${docker}/image/overlay2`, { recursive: true })
  writeFileSync(
    `${docker}/containers/${id}/config.v2.json`,
    JSON.stringify({ ID: id, Driver: 'overlay2', Name: '/x', State: {}, Config: {} }),
  )
  await lab.expect(4, '--root', docker, '--once', file)
})

test('usage errors are 64 and never mistaken for a pending plan', async t => {
  const lab = makeLab(t)
  await lab.expect(64, 'plna')
  await lab.expect(64, '--nope')
  await lab.expect(64, 'inspect')
})

test('a named volume goes only when asked for, and not while a container uses it', async t => {
  const lab = makeLab(t)
  const file = lab.write('a.yaml', sleeper.replace('spec: {', 'spec: { mounts: ["data:/data"],'))
  await lab.expect(0, '--once', file)
  await lab.expect(4, 'volumes', 'rm', 'data')
  await lab.expect(0, 'down', file)
  assert.match((await lab.expect(0, 'volumes', 'ls')).stdout, /data/)
  await lab.expect(0, 'volumes', 'rm', 'data')
  assert.doesNotMatch((await lab.expect(0, 'volumes', 'ls')).stdout, /^data/m)
})

test('--once is not ready within --timeout: exit 3, and what is missing is named', async t => {
  const lab = makeLab(t)
  const loop = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: crash }
spec: { rootfs: host, command: [sh, -c, "exit 3"] }
`
  const ran = await lab.reconcile('--once', '--timeout', '3s', lab.write('crash.yaml', loop))
  assert.equal(ran.code, 3, ran.stdout + ran.stderr)
  assert.match(ran.stdout + ran.stderr, /crash/)
})

test('a command that is not there is exit 1 with 127 told, and nothing is left of the attempt', async t => {
  const lab = makeLab(t)
  const file = lab.write(
    'none.yaml',
    sleeper.replace('[sleep, "1000"]', '[no-such-command]').replace('spec: {', 'spec: { restart: { policy: "no" },'),
  )
  const ran = await lab.expect(1, '--once', file)
  assert.match(ran.stdout + ran.stderr, /no-such-command/)
  await lab.expect(0, 'down', file)
})

test('env values are hidden everywhere unless asked for', async t => {
  const lab = makeLab(t)
  const file = lab.write('a.yaml', sleeper.replace('spec: {', 'spec: { env: { TOKEN: very-secret },'))
  const outputs = [
    await lab.expect(2, 'plan', file),
    await lab.expect(0, '--once', file),
    await lab.expect(0, 'inspect', 'aa'),
    await lab.expect(0, 'inspect', 'aa', '--output', 'json'),
    await lab.expect(0, 'why', 'aa'),
    await lab.expect(0, 'ps', '--output', 'json'),
  ]
  for (const { stdout, stderr } of outputs) assert.doesNotMatch(stdout + stderr, /very-secret/)
  assert.match((await lab.expect(0, 'inspect', 'aa')).stdout, /"TOKEN": "…\(11 bytes\)"/)
  assert.match((await lab.expect(0, '--show-values', 'inspect', 'aa')).stdout, /very-secret/)
})

test('a root file system that is not there is refused in the plan, at its place', async t => {
  const lab = makeLab(t)
  const file = lab.write('a.yaml', sleeper.replace('rootfs: host', `rootfs: ${lab.folder}/no-root`))
  const plan = await lab.reconcile('plan', file)
  assert.match(plan.stdout, /rootfs \S+\/no-root: it does not exist/)
  assert.match(plan.stdout, /a\.yaml:5:/)
  await lab.expect(1, '--once', file)
})
