import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeLab } from '../support/lab.ts'

const sleeper = (name: string, extra = '') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"] ${extra} }
---
`

test('what a source no longer declares is pruned after a second look; its named volumes stay', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper('aa', ', mounts: ["kept:/data", "/anonymous"]'))
  lab.write('b.yaml', sleeper('bb'))
  await lab.expect(0, '--once', lab.manifests)
  rmSync(`${lab.manifests}/a.yaml`)
  const plan = await lab.expect(2, 'plan', lab.manifests)
  assert.match(plan.stdout, /- container aa/)
  const once = await lab.expect(0, '--once', lab.manifests)
  assert.ok(once.ms > 2000, `the second look came after ${once.ms} ms`)
  const ps = (await lab.expect(0, 'ps')).stdout
  assert.doesNotMatch(ps, /^aa /m)
  assert.match(ps, /^bb .*running/m)
  const volumes = (await lab.expect(0, 'volumes', 'ls')).stdout
  assert.match(volumes, /kept/)
  assert.doesNotMatch(volumes, /[0-9a-f]{64}/)
})

test('a FILE argument prunes only what that file declared', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper('aa'))
  const both = lab.write('b.yaml', sleeper('bb') + sleeper('cc'))
  await lab.expect(0, '--once', lab.manifests)
  lab.write('b.yaml', sleeper('bb'))
  await lab.expect(0, '--once', both)
  const ps = (await lab.expect(0, 'ps')).stdout
  assert.match(ps, /^aa .*running/m)
  assert.match(ps, /^bb .*running/m)
  assert.doesNotMatch(ps, /^cc /m)
})

test('an empty or vanished source prunes nothing unless asked to', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper('aa'))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('aa')
  renameSync(`${lab.manifests}/a.yaml`, `${lab.folder}/a.yaml`)
  const empty = await lab.expect(4, '--once', lab.manifests)
  assert.match(empty.stdout + empty.stderr, /--allow-empty/)
  renameSync(lab.manifests, `${lab.folder}/away`)
  await lab.expect(4, '--once', lab.manifests)
  renameSync(`${lab.folder}/away`, lab.manifests)
  assert.equal(await lab.pid('aa'), pid)
  await lab.expect(0, '--once', '--allow-empty', lab.manifests)
  assert.doesNotMatch((await lab.expect(0, 'ps')).stdout, /^aa /m)
})

test('a name that another source declared is refused, naming both places', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper('same'))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('same')
  mkdirSync(`${lab.folder}/other`)
  writeFileSync(`${lab.folder}/other/z.yaml`, sleeper('same', ', hostname: other'))
  const refused = await lab.expect(4, '--once', `${lab.folder}/other`)
  assert.match(refused.stdout + refused.stderr, /a\.yaml/)
  assert.match(refused.stdout + refused.stderr, /z\.yaml/)
  assert.equal(await lab.pid('same'), pid)
})

test('a bad file keeps its last good state, and the others converge', async t => {
  const lab = makeLab(t)
  lab.write('bad.yaml', sleeper('bad'))
  lab.write('good.yaml', sleeper('good', ', limits: { memory: 32Mi }'))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('bad')
  lab.write('bad.yaml', sleeper('bad', ', memroy: 3'))
  lab.write('good.yaml', sleeper('good', ', limits: { memory: 48Mi }'))
  const ran = await lab.expect(5, '--once', lab.manifests)
  assert.match(ran.stdout + ran.stderr, /bad\.yaml:5:\d+: unknown field "memroy"/)
  assert.match(ran.stdout, /memory 32Mi -> 48Mi/)
  assert.equal(await lab.pid('bad'), pid)
  process.kill(pid, 'SIGKILL')
  await lab.expect(5, '--once', lab.manifests)
  assert.notEqual(await lab.pid('bad'), pid, 'the last good state is kept up')
})

test('the same name twice is an error that names both places; the one that runs stays', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper('twin'))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('twin')
  lab.write('b.yaml', sleeper('twin', ', hostname: b'))
  const ran = await lab.expect(5, '--once', lab.manifests)
  assert.match(ran.stdout + ran.stderr, /a\.yaml/)
  assert.match(ran.stdout + ran.stderr, /b\.yaml/)
  assert.equal(await lab.pid('twin'), pid)
})

test('a watcher takes up a new file, a changed file and a removed file', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', sleeper('aa'))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  lab.write('b.yaml', sleeper('bb'))
  await watcher.until(/container bb\s+started/)
  lab.write('b.yaml', sleeper('bb', ', limits: { pids: 9 }'))
  await watcher.until(/container bb\s+pids unlimited -> 9|container bb\s+pids .*-> 9/)
  rmSync(`${lab.manifests}/b.yaml`)
  await watcher.until(/- container bb/)
  assert.match((await lab.expect(0, 'ps')).stdout, /^aa .*running/m)
})
