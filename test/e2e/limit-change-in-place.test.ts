import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { cgroupOf, eventually, makeLab, readText } from '../support/lab.ts'

const manifest = (limits: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: [sleep, "1000"], limits: { ${limits} } }
`
const before =
  'memory: 64Mi, memoryReservation: 32Mi, cpuShares: 512, cpuPeriod: 100000, cpuQuota: 50000, pids: 32, cpusetCpus: "0"'
const after =
  'memory: 128Mi, memoryReservation: 48Mi, cpuShares: 256, cpuPeriod: 50000, cpuQuota: 20000, pids: 64, cpusetCpus: "0-1"'

test('an edited limit keeps the process', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest(before))
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  lab.write('web.yaml', manifest(after))
  await lab.expect(0, '--once', file)
  assert.equal(await lab.pid('web'), pid)
  const read = (controller: string, name: string) => readText(`${cgroupOf(pid, controller)}/${name}`).trim()
  assert.equal(read('memory', 'memory.limit_in_bytes'), String(128 * 2 ** 20))
  assert.equal(read('memory', 'memory.memsw.limit_in_bytes'), String(256 * 2 ** 20))
  assert.equal(read('memory', 'memory.soft_limit_in_bytes'), String(48 * 2 ** 20))
  assert.equal(read('cpu', 'cpu.shares'), '256')
  assert.equal(read('cpu', 'cpu.cfs_period_us'), '50000')
  assert.equal(read('cpu', 'cpu.cfs_quota_us'), '20000')
  assert.equal(read('pids', 'pids.max'), '64')
  lab.write('web.yaml', manifest(before))
  await lab.expect(0, '--once', file)
  assert.equal(await lab.pid('web'), pid)
  assert.equal(read('memory', 'memory.memsw.limit_in_bytes'), String(128 * 2 ** 20))
  assert.match((await lab.expect(0, '--once', file)).stdout, /^nothing to do/)
})

test('a limit changed by hand is back within a second under a watcher, and why tells it', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest(before))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pid = await lab.pid('web')
  const byHand: ReadonlyArray<readonly [string, string, string]> = [
    ['memory', 'memory.limit_in_bytes', '33554432'],
    ['memory', 'memory.soft_limit_in_bytes', '16777216'],
    ['cpu', 'cpu.shares', '1024'],
    ['cpu', 'cpu.cfs_quota_us', '90000'],
    ['pids', 'pids.max', '999'],
    ['cpuset', 'cpuset.cpus', '1'],
  ]
  const took: string[] = []
  for (const [controller, name, value] of byHand) {
    const path = `${cgroupOf(pid, controller)}/${name}`
    const wanted = readText(path)
    writeFileSync(path, value)
    const ms = await eventually(
      () => readText(path) === wanted,
      1000,
      () => `${path} is ${readText(path)} a second later, not ${wanted}`,
    )
    took.push(ms.toFixed(1))
  }
  t.diagnostic(`back after ${took.join(', ')} ms`)
  assert.equal(await lab.pid('web'), pid)
  const why = (await lab.expect(0, 'why', 'web')).stdout
  assert.match(why, /memory 32Mi -> 64Mi, in place\s+kernel differed from the record; no pass of ours wrote it/)
})

test('without a watcher, drift says desired, recorded and kernel, and changes nothing', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest(before))
  await lab.expect(0, '--once', file)
  const path = `${cgroupOf(await lab.pid('web'), 'memory')}/memory.limit_in_bytes`
  writeFileSync(path, '33554432')
  const drift = await lab.expect(2, 'drift', file)
  assert.match(drift.stdout, /memory\s+desired 64Mi\s+recorded 64Mi\s+kernel 32Mi/)
  assert.equal(readText(path).trim(), '33554432')
  await lab.expect(0, '--once', file)
  assert.equal(readText(path).trim(), String(64 * 2 ** 20))
  await lab.expect(0, 'drift', file)
})
