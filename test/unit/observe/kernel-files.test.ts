import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseCgroupMounts } from '../../../src/observe/cgroup-mounts.ts'
import { holdersIn } from '../../../src/observe/flocks.ts'
import { parseLimit } from '../../../src/observe/kernel-limits.ts'
import { limitFilePath } from '../../../src/observe/limit-files.ts'
import { liveness, parseStat } from '../../../src/observe/processes.ts'

const hybrid = `23 1 0:21 / / rw - ext4 /dev/root rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:32 / /mnt/again rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /mnt/with\\040space rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`

test('hierarchies are found where this host mounts them, the first mount of each', () => {
  const mounts = parseCgroupMounts(hybrid)
  assert.equal(mounts.kind, 'hybrid')
  assert.equal(mounts.unified, '/sys/fs/cgroup/unified')
  assert.deepEqual(mounts.controllers, {
    cpu: '/sys/fs/cgroup/cpu,cpuacct',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
    memory: '/sys/fs/cgroup/memory',
    pids: '/mnt/with space',
  })
  assert.equal(limitFilePath(mounts, 'a/b', 'cpuQuotaUs'), '/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us')
  assert.equal(limitFilePath(mounts, 'a/b', 'cpusetCpus'), null)
})

test('a host with cgroup2 alone is v2, one without cgroups is none', () => {
  assert.equal(parseCgroupMounts('41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw').kind, 'v2')
  assert.equal(parseCgroupMounts('').kind, 'none')
})

test('what the kernel calls unlimited is null', () => {
  assert.equal(parseLimit('memoryBytes', '9223372036854771712'), null)
  assert.equal(parseLimit('memorySwapBytes', '9223372036854710272'), null)
  assert.equal(parseLimit('cpuQuotaUs', '-1'), null)
  assert.equal(parseLimit('pids', 'max'), null)
})

test('limits are numbers, cpusets canonical lists, anything else is refused', () => {
  assert.equal(parseLimit('memoryBytes', '67108864'), 67108864)
  assert.equal(parseLimit('pids', '32'), 32)
  assert.equal(parseLimit('cpusetCpus', '0,1,3'), '0-1,3')
  assert.equal(parseLimit('pids', 'many'), undefined)
  assert.equal(parseLimit('blkioReadBps', '254:0 5\n8:0 7'), '8:0 7,254:0 5')
  assert.equal(parseLimit('blkioReadBps', ''), null)
  assert.equal(parseLimit('blkioReadBps', 'vda 5'), undefined)
})

test('a command with brackets and spaces does not shift the fields of stat', () => {
  const rest = Array.from({ length: 50 }, (_, i) => (i === 0 ? 'Z' : i === 19 ? '4242' : i === 49 ? '1792' : '0'))
  assert.deepEqual(parseStat(`77 (a) b (c) ${rest.join(' ')}\n`), {
    pid: 77,
    startTicks: '4242',
    state: 'Z',
    threads: 0,
    waitStatus: 1792,
  })
  assert.equal(parseStat('77 (short) R 1'), null)
})

test('a process whose first thread ended alone is alive', t => {
  const procRoot = mkdtempSync(join(tmpdir(), 'reconcile-test-proc-'))
  t.after(() => rmSync(procRoot, { recursive: true }))
  mkdirSync(join(procRoot, '77'))
  const look = (threads: number) => {
    const rest = Array.from({ length: 50 }, (_, i) => ({ 0: 'Z', 17: `${threads}`, 19: '4242' })[i] ?? '0')
    writeFileSync(join(procRoot, '77/stat'), `77 (a) ${rest.join(' ')}\n`)
    return liveness(procRoot, 'boot', { pid: 77, startTicks: '4242', bootId: 'boot' }).is
  }
  assert.deepEqual([look(1), look(2)], ['zombie', 'alive'])
})

test('who holds a flock is told by device and inode; who waits for one holds nothing', () => {
  const locks = `1: FLOCK  ADVISORY  WRITE 77 00:19:1234 0 EOF
1: -> FLOCK  ADVISORY  WRITE 80 00:19:1234 0 EOF
2: FLOCK  ADVISORY  READ 78 00:19:99 0 EOF
3: FLOCK  ADVISORY  READ 79 00:19:99 0 EOF
4: POSIX  ADVISORY  WRITE 81 00:19:99 0 EOF
`
  assert.deepEqual(holdersIn(locks, 0x19, 1234), [{ pid: 77, isExclusive: true }])
  assert.deepEqual(
    holdersIn(locks, 0x19, 99),
    [78, 79].map(pid => ({ pid, isExclusive: false })),
  )
  assert.deepEqual(holdersIn(locks, 0x1a, 1234), [])
  const large = '1: FLOCK ADVISORY WRITE 7 fd:101:5 0 EOF'
  assert.deepEqual(holdersIn(large, 0xfd01 + 0x100000, 5), [{ pid: 7, isExclusive: true }])
})
