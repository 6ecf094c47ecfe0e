import assert from 'node:assert/strict'
import { readlinkSync } from 'node:fs'
import { test } from 'node:test'
import { cgroupOf, makeLab, readText } from '../support/lab.ts'

const manifest = (name: string, namespaces: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sleep, "1000"]
  ${namespaces}
  limits: { cpuPeriod: 100000, cpuQuota: 200000, memory: 256Mi, memorySwap: 512Mi }
`
const links = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'pid_for_children', 'uts']
const namespace = (pid: number | 'self', name: string) => readlinkSync(`/proc/${pid}/ns/${name}`)

test('limits are what the cgroup files of the host say, and the payload is in them', async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('limits.yaml', manifest('limits', '')))
  const pid = await lab.pid('limits')
  const read = (controller: string, file: string) => readText(`${cgroupOf(pid, controller)}/${file}`).trim()
  assert.equal(read('cpu', 'cpu.cfs_period_us'), '100000')
  assert.equal(read('cpu', 'cpu.cfs_quota_us'), '200000')
  assert.equal(read('memory', 'memory.limit_in_bytes'), '268435456')
  assert.equal(read('memory', 'memory.memsw.limit_in_bytes'), '536870912')
  for (const controller of ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']) {
    assert.ok(read(controller, 'tasks').split('\n').includes(String(pid)), `tasks of ${controller} lists ${pid}`)
  }
})

test("namespaces are the container's own, or the host's where the manifest says so", async t => {
  const lab = makeLab(t)
  const shared = 'namespaces: { pid: host, ipc: host, uts: host, net: host, cgroup: host }'
  lab.write('own.yaml', manifest('own', ''))
  lab.write('shared.yaml', manifest('shared', shared))
  await lab.expect(0, '--once', lab.manifests)
  const own = await lab.pid('own')
  const sharing = await lab.pid('shared')
  const differing = (pid: number) => links.filter(name => namespace(pid, name) !== namespace('self', name))
  assert.deepEqual(differing(own), links)
  assert.deepEqual(differing(sharing), ['mnt'])
})
