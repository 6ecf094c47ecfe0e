import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Limits, noLimits } from '../../src/model/limits.ts'
import { anyDisk } from '../support/disk.ts'
import type { CoreLab } from './core-lab.ts'
import { cgroupDir, cgroupFile, command, failure, makeCgroups, openLab, until, value } from './core-lab.ts'

const mebibyte = 1024 * 1024
const disk = anyDisk()?.number ?? assert.fail('this host has no disk')
const some: Limits = {
  memoryBytes: 256 * mebibyte,
  memorySwapBytes: 512 * mebibyte,
  memoryReservationBytes: 128 * mebibyte,
  cpuPeriodUs: 100000,
  cpuQuotaUs: 200000,
  cpuShares: 500,
  cpusetCpus: '0',
  cpusetMems: '0',
  pids: 100,
  blkioWeight: 300,
  blkioReadBps: `${disk} 1048576`,
  blkioWriteIops: `${disk} 500`,
}

const files = (lab: CoreLab, id: string) =>
  [
    ['memory', 'memory.limit_in_bytes'],
    ['memory', 'memory.memsw.limit_in_bytes'],
    ['memory', 'memory.soft_limit_in_bytes'],
    ['cpu', 'cpu.cfs_period_us'],
    ['cpu', 'cpu.cfs_quota_us'],
    ['cpu', 'cpu.shares'],
    ['cpuset', 'cpuset.cpus'],
    ['cpuset', 'cpuset.mems'],
    ['pids', 'pids.max'],
    ['blkio', 'blkio.bfq.weight'],
    ['blkio', 'blkio.throttle.read_bps_device'],
    ['blkio', 'blkio.throttle.write_bps_device'],
    ['blkio', 'blkio.throttle.write_iops_device'],
  ].map(([controller = '', file = '']) => cgroupFile(lab, controller, id, file))

test('limits are what the kernel files say, and are read back', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  assert.deepEqual(value(await lab.core.update(id, some)).limits, some)
  const bytes = (count: number) => String(count * mebibyte)
  const wanted = [bytes(256), bytes(512), bytes(128), '100000', '200000', '500', '0', '0', '100']
  const io = ['300', `${disk} 1048576`, '', `${disk} 500`]
  assert.deepEqual(files(lab, id), [...wanted, ...io])
})

test('throttles of a device are changed and lifted, and the weight goes back to that of a new cgroup', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  value(await lab.core.update(id, some))
  const { blkioWeight: _, blkioReadBps: __, ...rest } = some
  const changed = { ...rest, blkioWriteBps: `${disk} 4096`, blkioWriteIops: `${disk} 7` }
  assert.deepEqual(value(await lab.core.update(id, changed)).limits, changed)
  assert.deepEqual(files(lab, id).slice(9), ['100', '', `${disk} 4096`, `${disk} 7`])
  value(await lab.core.update(id, noLimits))
  assert.deepEqual(files(lab, id).slice(9), ['100', '', '', ''])
  const error = failure(await lab.core.update(id, { ...noLimits, blkioReadBps: '4000:7 5' }))
  assert.match(error.message, /^blkio.readBps: write 4000:7 5 to .*\(ENODEV|ENXIO\)/)
})

test('the kernel never refuses an order: memory and swap grow, shrink, cross and are lifted', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const pairs = [
    [64, 64],
    [256, 512],
    [512, 512],
    [8, 16],
    [16, 1024],
    [512, 1024],
    [1024, null],
    [32, 32],
    [null, null],
  ]
  for (const [memory, swap] of pairs) {
    const limits = {
      ...some,
      memoryBytes: memory == null ? null : memory * mebibyte,
      memorySwapBytes: swap == null ? null : swap * mebibyte,
    }
    assert.deepEqual(value(await lab.core.update(id, limits)).limits, limits)
  }
})

test('period and quota change together in any direction', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const pairs = [
    [100000, 20000],
    [1000000, 2000000],
    [1000, 1000],
    [50000, 100000],
    [100000, null],
    [1000, 2000],
  ]
  for (const [cpuPeriodUs = null, cpuQuotaUs = null] of pairs) {
    const limits = { ...some, cpuPeriodUs, cpuQuotaUs }
    assert.deepEqual(value(await lab.core.update(id, limits)).limits, limits)
  }
})

test('memory that is in use is not taken away: the refusal says how much, and the old pair stays', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  value(await lab.core.update(id, some))
  const hog = await command(
    t,
    process.execPath,
    '-e',
    'globalThis.kept = Buffer.alloc(96 << 20, 1); setInterval(() => {}, 1000)',
  )
  writeFileSync(join(cgroupDir(lab, 'memory', id), 'cgroup.procs'), String(hog.pid))
  const inUse = () => Number(cgroupFile(lab, 'memory', id, 'memory.usage_in_bytes'))
  await until(() => inUse() > 64 * mebibyte, '64 MiB in use')
  const tight = { ...some, memoryBytes: 16 * mebibyte, memorySwapBytes: 16 * mebibyte, memoryReservationBytes: null }
  const error = failure(await lab.core.update(id, tight))
  assert.equal(error.code, 'E_CGROUP')
  assert.match(error.message, /^memory(Swap)?: can't be lowered to 16777216 bytes while \d{8,9} bytes are in use/)
  assert.deepEqual(files(lab, id).slice(0, 2), [String(256 * mebibyte), String(512 * mebibyte)])
})

test('a cpuset that this host lacks is refused with what there is', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const error = failure(await lab.core.update(id, { ...noLimits, cpusetCpus: '4000' }))
  assert.equal(error.code, 'E_CGROUP')
  assert.match(error.message, /^cpusetCpus: write 4000 .*\(available here: [0-9,-]+\)$/)
})

test('limits of a container that has no cgroups are refused as gone', async t => {
  const lab = openLab(t)
  assert.equal(failure(await lab.core.update(lab.newContainerId(), some)).code, 'E_GONE')
})
