import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { parseCgroupMounts } from '../../../src/observe/cgroup-mounts.ts'
import { lookAround, placeOf, whereabouts } from '../../../src/observe/placement.ts'
import { parseStatus } from '../../../src/observe/process-status.ts'
import { parseUlimits } from '../../../src/observe/ulimits.ts'

const mounts = parseCgroupMounts(`
32 31 0:29 / /c/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /c/memory rw - cgroup cgroup rw,memory
37 31 0:33 / /c/hugetlb rw - cgroup cgroup rw,hugetlb
40 31 0:37 / /c/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /c/unified rw - cgroup2 cgroup2 rw
`)
const outside = (text: string) => whereabouts(mounts, 'reconcile-ab/0123', text)

test('a process is outside where it is neither in the cgroup nor below it', () => {
  const home = '4:cpu,cpuacct:/lxc/reconcile-ab/0123\n5:memory:/reconcile-ab/0123/nested\n0::/reconcile-ab/0123\n'
  deepEqual(outside(home), { outsideOf: [], outsideAt: '' })
  deepEqual(outside('5:memory:/\n4:cpu,cpuacct:/reconcile-ab/0123'), { outsideOf: ['memory'], outsideAt: '/' })
  deepEqual(outside('5:memory:/reconcile-ab/01234').outsideOf, ['memory'])
  deepEqual(outside('1:name=systemd:/x\n0::/y').outsideOf, ['name=systemd', 'unified'])
})

test('hierarchies that containers do not join, or that are not mounted here, say nothing', () => {
  deepEqual(outside('7:hugetlb:/\n8:pids:/\n').outsideOf, [])
})

test('a name with newlines escaped and lines that are missing do not confuse a status', () => {
  const lines = ['Name:\ta\\nUid: 0', 'Uid:\t1\t0\t1\t1', 'CapPrm:\t0', 'CapEff:\t1', 'CapBnd:\t1ff', 'NoNewPrivs:\t1']
  deepEqual(parseStatus(lines.join('\n')), {
    uids: [1, 0, 1, 1],
    bounding: 0x1ffn,
    permitted: 0n,
    effective: 1n,
    noNewPrivileges: true,
  })
  for (let i = 1; i < 5; i++) equal(parseStatus(lines.toSpliced(i, 1).join('\n')), null)
})

test('limits are found by their names in /proc/<pid>/limits', () => {
  const text = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            512                  1024                 files
Max address space         18446744073709547520 unlimited            bytes
`
  deepEqual(parseUlimits(text, ['nofile', 'cpu', 'as', 'stack', 'constructor']), {
    nofile: { soft: 512, hard: 1024 },
    cpu: { soft: -1, hard: -1 },
    as: { soft: -1, hard: -1 },
  })
})

test('a process that ends is nowhere outside, though cgroup v1 shows it at the top', t => {
  const procRoot = mkdtempSync(`${tmpdir()}/reconcile-unit-proc-`)
  t.after(() => rmSync(procRoot, { recursive: true }))
  const exiting = 0x4
  const add = (pid: number, flags: number, cgroup: string, children = '') => {
    mkdirSync(`${procRoot}/${pid}/task/${pid}`, { recursive: true })
    writeFileSync(`${procRoot}/${pid}/stat`, `${pid} (a ) b) R 1 1 1 0 -1 ${flags + 0x400000} 0 0 0 0\n`)
    writeFileSync(`${procRoot}/${pid}/cgroup`, cgroup)
    writeFileSync(`${procRoot}/${pid}/task/${pid}/children`, children)
  }
  const top = '5:memory:/\n'
  const home = '5:memory:/reconcile-ab/0123\n'
  add(1, 0, home, '2 3 4 ')
  add(2, exiting, top)
  add(3, 0, top)
  add(4, 0, home)
  const around = { procRoot, mounts, cgroup: 'reconcile-ab/0123' }
  equal(lookAround(around, 1), 1)
  add(1, exiting, top, '')
  deepEqual(placeOf(around, 1), { outsideOf: [], outsideAt: '' })
  deepEqual(placeOf(around, 3)?.outsideOf, ['memory'])
  equal(placeOf(around, 9), null)
})
