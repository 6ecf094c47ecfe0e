/**
 * A person's emergency fix stays: under `hold` nothing about a container is changed until that is over, under `heal: report`
 * drift is only told, and what somebody writes back again and again is not fought over.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { cgroupOf, eventually, makeLab, readText } from '../support/lab.ts'

const manifest = (spec: string, command = '[sleep, "1000"]') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: ${command}, stop: { grace: 0s }, ${spec} }
`
const limited = 'limits: { pids: 32 }'
const pidsMax = (pid: number) => `${cgroupOf(pid, 'pids')}/pids.max`

test('a held container is told and never changed: no heal, no limit, no spec, no restart, no prune; release lets it go at once', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest(limited))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pid = await lab.pid('web')
  assert.match((await lab.reconcile('hold', 'wep')).stderr, /wep is not on this host; did you mean `web`\?/)
  assert.equal((await lab.reconcile('hold', 'web', '--for', '31d')).code, 64)
  const held = (await lab.expect(0, 'hold', 'web', '--for', '2h', '--reason', 'looking at a leak')).stdout
  assert.match(held, /web is held for 2h: looking at a leak; `reconcile release web` ends that/)

  writeFileSync(pidsMax(pid), '99')
  lab.write('web.yaml', manifest('limits: { pids: 64 }', '[sleep, "2000"]'))
  await watcher.until(/held\s+1h59m: looking at a leak/)
  await watcher.kill('SIGKILL')
  const once = (await lab.expect(0, '--once', file)).stdout
  t.diagnostic(once)
  assert.match(once, /held\s+1h59m: looking at a leak/)
  assert.equal(await lab.pid('web'), pid)
  assert.equal(readText(pidsMax(pid)).trim(), '99')
  const ps = (await lab.expect(0, 'ps')).stdout
  t.diagnostic(ps)
  assert.match(ps, /running \d+s.*, held 1h59m: looking at a leak\s+pids/)
  assert.match((await lab.expect(0, 'why', 'web')).stdout, /held: 1h59m: looking at a leak/)
  assert.match(
    (await lab.expect(2, 'drift', file)).stdout,
    /pids\s+desired 64\s+recorded 32\s+kernel 99\s+held: left alone/,
  )
  assert.match(
    (await lab.expect(4, 'restart', 'web')).stderr,
    /web is held for 1h59m: looking at a leak; `reconcile release web`/,
  )
  assert.match((await lab.expect(4, 'down', file)).stdout, /blocked\s+no longer declared, but held: looking at a leak/)

  process.kill(pid, 'SIGKILL')
  await eventually(
    async () => (await lab.inspect('web')).phase === 'exited',
    20_000,
    () => 'it runs',
  )
  assert.match((await lab.expect(0, '--once', file)).stdout, /held/)
  assert.equal((await lab.inspect('web')).phase, 'exited', 'not restarted')

  const next = lab.watch(lab.manifests)
  await next.until(/watching/)
  const released = (await lab.expect(0, 'release', 'web')).stdout
  assert.match(released, /web is released; its watcher looks at it now/)
  await eventually(
    async () => (await lab.inspect('web')).phase === 'running',
    20_000,
    () => next.output(),
  )
  assert.equal(readText(pidsMax(await lab.pid('web'))).trim(), '64')
  assert.match((await lab.expect(0, 'release', 'web')).stdout, /web was not held/)
})

test('a hold ends by itself, and its watcher acts then', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest(limited))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pid = await lab.pid('web')
  await lab.expect(0, 'hold', 'web', '--for', '3s')
  const begunMs = performance.now()
  writeFileSync(pidsMax(pid), '99')
  await sleep(1000)
  assert.equal(readText(pidsMax(pid)).trim(), '99')
  await eventually(
    () => readText(pidsMax(pid)).trim() === '32',
    20_000,
    () => watcher.output(),
  )
  t.diagnostic(`healed ${((performance.now() - begunMs) / 1000).toFixed(1)} s after a hold for 3 s`)
  assert.equal(await lab.pid('web'), pid)
})

test('heal: report tells what others changed, and leaves it', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest(`heal: report, ${limited}`))
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  writeFileSync(pidsMax(pid), '99')
  writeFileSync(`${cgroupOf(pid, 'freezer')}/freezer.state`, 'FROZEN')
  const once = (await lab.expect(0, '--once', file)).stdout
  t.diagnostic(once)
  assert.match(once, /reported\s+pids: the kernel differs, and heal: report/)
  assert.match(once, /reported\s+frozen: the kernel differs, and heal: report/)
  assert.equal(readText(pidsMax(pid)).trim(), '99')
  assert.match((await lab.expect(2, 'drift', file)).stdout, /pids\s+.*kernel 99\s+reported only/)
  lab.write('web.yaml', manifest(limited))
  await lab.expect(0, '--once', file)
  assert.equal(readText(pidsMax(pid)).trim(), '32')
  assert.equal(await lab.pid('web'), pid)
})

test('what is written back five times in a row is fighting, and is left for a while', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest(limited))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const path = pidsMax(await lab.pid('web'))
  for (let i = 0; i < 5; i++) {
    writeFileSync(path, '99')
    await eventually(
      () => readText(path).trim() === '32',
      10_000,
      () => watcher.output(),
    )
  }
  writeFileSync(path, '99')
  await watcher.until(/fighting\s+pids was changed back 5 times in 60 s; something else writes it/)
  await sleep(500)
  assert.equal(readText(path).trim(), '99')
  const why = (await lab.expect(0, 'why', 'web')).stdout
  t.diagnostic(why)
  assert.match(
    why,
    /fighting: pids was changed back 5 times in 60 s; something else writes it; healed again in (\d+s|1m)/,
  )
  await watcher.kill('SIGKILL')
  assert.match((await lab.expect(3, '--once', lab.manifests)).stdout, /fighting/, 'another process knows it too')
})
