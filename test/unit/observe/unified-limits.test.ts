import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { cgroupLine } from '../../../src/cli/doctor/host.ts'
import { normalise, noLimits } from '../../../src/model/limits.ts'
import { readCgroupMounts } from '../../../src/observe/cgroup-mounts.ts'
import { readKernelFeatures } from '../../../src/observe/kernel-features.ts'
import { readKernelLimits } from '../../../src/observe/kernel-limits.ts'
import { limitFilePath } from '../../../src/observe/limit-files.ts'
import { readUsage } from '../../../src/observe/usage.ts'
import { labPrefix } from '../../support/leaks.ts'
import { mib } from '../../support/specs.ts'

const unlimited = {
  'memory.max': 'max',
  'memory.swap.max': 'max',
  'memory.low': '0',
  'cpu.max': 'max 100000',
  'cpu.weight': '100',
  'cpuset.cpus': '',
  'cpuset.mems': '',
  'pids.max': 'max',
}

/** A host with v2 alone, whose root cgroup has these files, and the cgroup `a/b` with those. */
function unifiedHost(
  t: TestContext,
  root: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
) {
  const dir = mkdtempSync(labPrefix)
  t.after(() => rmSync(dir, { recursive: true }))
  const put = (at: string, texts: Readonly<Record<string, string>>) => {
    mkdirSync(join(dir, at), { recursive: true })
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(dir, at, name), `${text}\n`)
  }
  put('proc/self', { mountinfo: `31 23 0:28 / ${dir}/cgroup rw - cgroup2 cgroup2 rw,nsdelegate` })
  put('proc', { swaps: '', cmdline: 'quiet' })
  put('cgroup', root)
  put('cgroup/a/b', files)
  const procRoot = join(dir, 'proc')
  const mounts = readCgroupMounts(procRoot)
  const kernel = readKernelFeatures(procRoot, mounts)
  const applied = normalise({ ...noLimits, cpuShares: 512 }, kernel).limits
  const read = () => readKernelLimits(mounts, kernel, 'a/b', applied)
  return { dir, mounts, kernel, read, put }
}

const hostsRoot = {
  'cgroup.controllers': 'cpuset cpu io memory pids',
  'cgroup.subtree_control': '',
  'cgroup.procs': '1',
  'cpuset.cpus.effective': '0-3',
  'cpuset.mems.effective': '0',
}

test('on cgroup v2 the limits of a fresh cgroup are the normal form of no limits', t => {
  const { kernel, read } = unifiedHost(t, hostsRoot, unlimited)
  assert.equal(kernel.cgroup, 'v2')
  assert.equal(kernel.cpus, '0-3')
  assert.deepEqual(read(), { known: true, value: normalise(noLimits, kernel).limits })
})

test("limits of cgroup v2 are read in Docker's words: swap with the memory, shares for the weight", t => {
  const files = { ...unlimited, 'memory.max': `${64 * mib}`, 'memory.swap.max': `${32 * mib}`, 'memory.low': `${mib}` }
  const { kernel, read, mounts } = unifiedHost(t, hostsRoot, { ...files, 'cpu.max': '5000 20000', 'cpu.weight': '59' })
  const declared = { memoryBytes: 64 * mib, memorySwapBytes: 96 * mib, memoryReservationBytes: mib }
  const cpu = { cpuPeriodUs: 20000, cpuQuotaUs: 5000, cpuShares: 512 }
  assert.deepEqual(read(), {
    known: true,
    value: normalise({ ...noLimits, ...declared, ...cpu }, kernel).limits,
  })
  assert.ok(limitFilePath(mounts, 'a/b', 'cpuQuotaUs')?.endsWith('/cgroup/a/b/cpu.max'))
})

test('throttles are the four rates of io.max, and the weight is that of the scheduler that is there', t => {
  const io = { 'io.max': '254:0 rbps=1048576 wbps=max riops=max wiops=500\n8:16 rbps=5 wbps=max riops=max wiops=max' }
  const { read, put, dir } = unifiedHost(
    t,
    { ...hostsRoot, 'io.cost.qos': '' },
    { ...unlimited, ...io, 'io.weight': 'default 4950' },
  )
  const value = () => {
    const seen = read()
    assert.ok(seen.known)
    const { blkioWeight, blkioReadBps, blkioWriteBps, blkioWriteIops } = seen.value
    return [blkioWeight, blkioReadBps, blkioWriteBps, blkioWriteIops]
  }
  assert.deepEqual(value(), [500, '8:16 5,254:0 1048576', undefined, '254:0 500'])
  put('cgroup/a/b', { 'io.bfq.weight': 'default 300\n254:0 7' })
  assert.deepEqual(value()[0], 300)
  writeFileSync(join(dir, 'cgroup/a/b/io.bfq.weight'), 'heavy\n')
  assert.equal(read().known, false)
})

test('limits of cgroup v2 that nobody writes so are seen as different all the same', t => {
  const strange = { ...unlimited, 'memory.swap.max': '0', 'memory.low': 'max', 'cpu.weight': '7', 'cpuset.cpus': '1' }
  const { kernel, read } = unifiedHost(t, hostsRoot, strange)
  const seen = read()
  assert.ok(seen.known)
  const { value } = seen
  const wanted = normalise(noLimits, kernel).limits
  for (const field of ['memorySwapBytes', 'memoryReservationBytes', 'cpuShares', 'cpusetCpus'] as const)
    assert.notEqual(value[field], wanted[field], field)
})

test('a controller that is handed down no more holds no limit; a cgroup that is gone is unknown', t => {
  const { 'pids.max': _, 'cpu.max': __, 'cpu.weight': ___, ...rest } = unlimited
  const { dir, kernel, read } = unifiedHost(t, hostsRoot, { ...rest, 'memory.max': `${mib}` })
  const seen = read()
  assert.ok(seen.known)
  const { pids, cpuQuotaUs, cpuPeriodUs, cpuShares, memoryBytes } = seen.value
  assert.deepEqual([pids, cpuQuotaUs, cpuPeriodUs, cpuShares, memoryBytes], [null, null, 100000, 1024, mib])
  assert.equal(kernel.enforceable.pids, true)
  writeFileSync(join(dir, 'cgroup/a/b/memory.max'), 'much\n')
  assert.equal(read().known, false)
  rmSync(join(dir, 'cgroup/a'), { recursive: true })
  assert.equal(read().known, false)
})

test('in a cgroup that is not the host’s root, what is not handed down is not enforceable while processes are in it', t => {
  const inner = { ...hostsRoot, 'cgroup.type': 'domain', 'cgroup.subtree_control': 'memory' }
  const { kernel, mounts } = unifiedHost(t, inner)
  assert.deepEqual([kernel.enforceable.memoryBytes, kernel.enforceable.pids], [true, false])
  const { found, verdict, advice } = cgroupLine(mounts)
  assert.deepEqual([found, verdict], ['v2: memory', 'limited'])
  assert.match(advice ?? '', /^no controller for cpu, cpuset, pids: /)
  const empty = unifiedHost(t, { ...inner, 'cgroup.procs': '' })
  assert.equal(empty.kernel.enforceable.pids, true)
  assert.deepEqual(
    [cgroupLine(empty.mounts).found, cgroupLine(empty.mounts).verdict],
    ['v2: memory cpu cpuset pids io', 'ok'],
  )
})

test('a kernel that does not count swap can hold no limit of it', t => {
  const { kernel, dir } = unifiedHost(t, hostsRoot)
  assert.equal(kernel.enforceable.memorySwapBytes, true)
  const again = () => readKernelFeatures(join(dir, 'proc'), readCgroupMounts(join(dir, 'proc')))
  writeFileSync(join(dir, 'proc/cmdline'), 'quiet cgroup.memory=nokmem,noswap\n')
  assert.equal(again().enforceable.memorySwapBytes, false)
  writeFileSync(join(dir, 'cgroup/a/memory.max'), 'max\n')
  assert.equal(again().enforceable.memorySwapBytes, false)
  writeFileSync(join(dir, 'cgroup/a/memory.swap.max'), 'max\n')
  assert.equal(again().enforceable.memorySwapBytes, true)
})

test('what a container uses is counted on cgroup v2, too', t => {
  const { mounts } = unifiedHost(t, hostsRoot, { 'memory.current': '4096', 'pids.current': '3' })
  assert.deepEqual(readUsage(mounts, 'a/b'), { memoryBytes: 4096, pids: 3 })
})
