import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeLab } from '../support/lab.ts'

const sleeper = (name: string, more = '') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 200ms }${more} }
`

test('an edited env file wakes the watcher, beside the manifests and elsewhere', async t => {
  const lab = makeLab(t)
  const elsewhere = `${lab.folder}/elsewhere`
  mkdirSync(elsewhere)
  writeFileSync(`${elsewhere}/far.env`, 'A=1\n')
  lab.write('near.env', 'B=1\n')
  lab.write('near.yaml', sleeper('near', ', envFiles: [near.env]'))
  const far = lab.write('far.yaml', sleeper('far', `, envFiles: [${elsewhere}/far.env]`))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  await sleep(700)
  lab.write('near.env', 'B=2\n')
  await watcher.until(/container near .*and removed/, 20_000)
  writeFileSync(`${elsewhere}/far.env`, 'A=2\n')
  await watcher.until(/container far .*and removed/, 20_000)
  await watcher.kill('SIGTERM')
  const ofFile = lab.watch('watch', far)
  await ofFile.until(/watching/)
  await sleep(700)
  writeFileSync(`${elsewhere}/far.env`, 'A=3\n')
  await ofFile.until(/container far .*and removed/, 20_000)
})

test('a watcher says when a bad file is good again and when its directory is back', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', sleeper('web'))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  lab.write('web.yaml', sleeper('web', ', memroy: 1'))
  await watcher.until(/unknown field "memroy"/)
  lab.write('web.yaml', sleeper('web'))
  await watcher.until(/web\.yaml: no errors any more/)
  renameSync(lab.manifests, `${lab.folder}/away`)
  await watcher.until(/has vanished/)
  renameSync(`${lab.folder}/away`, lab.manifests)
  await watcher.until(/manifests\/: the directory is back/)
})

test('one directory of a named source that is away keeps what it declared', async t => {
  const lab = makeLab(t)
  const [a, b] = [`${lab.folder}/a`, `${lab.folder}/b`]
  for (const [path, name] of [
    [a, 'aa'],
    [b, 'bb'],
  ] as const) {
    mkdirSync(path)
    writeFileSync(`${path}/x.yaml`, sleeper(name))
  }
  await lab.expect(0, '--source', 'site', '--once', a, b)
  const pid = await lab.pid('aa')
  rmSync(a, { recursive: true })
  const ran = await lab.expect(4, '--source', 'site', '--once', a, b)
  assert.match(ran.stderr, /\/a\/: no such directory/)
  assert.doesNotMatch(ran.stderr, /\/b\/: no such directory/)
  assert.equal(await lab.pid('aa'), pid)
  await lab.expect(0, '--source', 'site', '--allow-empty', '--once', a, b)
  assert.doesNotMatch((await lab.expect(0, 'ps')).stdout, /^aa /m)
})

test('what is pruned is stopped and removed after one second look, in one run', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', sleeper('web'))
  lab.write('other.yaml', sleeper('other'))
  await lab.expect(0, '--once', lab.manifests)
  rmSync(`${lab.manifests}/web.yaml`)
  const { ms, stdout } = await lab.expect(0, '--once', lab.manifests)
  assert.match(stdout, /container web\s+stopping [^\n]*\n[^\n]*container web\s+stopped [^\n]*and removed\n/)
  assert.match(stdout, /^converged: 2 steps in /m)
  // the end of the stop wakes the next pass, which would else be the sweep's, after 30 s
  assert.ok(ms > 2000 && ms < 20_000, `one second look and one stop, not ${ms} ms`)
})

test('the time without a watcher counts from the end of the last one', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', sleeper('web'))
  const first = lab.watch(lab.manifests)
  await first.until(/watching/)
  await sleep(4000)
  const killedAt = performance.now()
  await first.kill('SIGTERM')
  const second = lab.watch(lab.manifests)
  await second.until(/watching/)
  const unwatchedMs = performance.now() - killedAt
  const { stdout } = await lab.expect(0, 'why', 'web')
  const ms =
    /no watcher for (\d+)ms/.exec(stdout)?.[1] ?? `${Number(/no watcher for ([\d.]+)s/.exec(stdout)?.[1]) * 1000}`
  // what is shown is rounded
  assert.ok(Number(ms) < unwatchedMs + 1000, `${unwatchedMs}: ${stdout}`)
})
