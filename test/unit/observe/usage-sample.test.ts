import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { CgroupMounts } from '../../../src/observe/cgroup-mounts.ts'
import { readUsageSample } from '../../../src/observe/usage-sample.ts'
import { labPrefix } from '../../support/leaks.ts'

/** Control files by `controller/cgroup/name`, or `cgroup/name` of v2. */
function hierarchy(t: TestContext, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(labPrefix)
  t.after(() => rmSync(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), `${text}\n`)
  }
  return dir
}

const expected = {
  atMs: 5,
  cpuMs: 1500,
  cpuPeriods: 20,
  cpuThrottledPeriods: 4,
  cpuThrottledMs: 250,
  memoryWithCacheBytes: 8192,
  memoryBytes: 6144,
  memoryPeakBytes: 16384,
  pids: 3,
  io: { readBytes: 4608, writtenBytes: 1024, readOperations: 3, writtenOperations: 2 },
}

test('figures of cgroup v2 are in µs, and block devices are added up', t => {
  const unified = hierarchy(t, {
    'a/cpu.stat': 'usage_usec 1500000\nuser_usec 1\nnr_periods 20\nnr_throttled 4\nthrottled_usec 250000',
    'a/memory.current': '8192',
    'a/memory.stat': 'anon 4096\ninactive_file 2048\nactive_file 0',
    'a/memory.peak': '16384',
    'a/pids.current': '3',
    'a/io.stat': '254:0 rbytes=4096 wbytes=1024 rios=2 wios=2 dbytes=9 dios=9\n8:0 rbytes=512 wbytes=0 rios=1 wios=0',
  })
  const handedDown = ['cpu', 'memory', 'pids', 'io']
  const mounts: CgroupMounts = { kind: 'v2', controllers: {}, unified, handedDown, named: {}, isSystemds: false }
  assert.deepEqual(readUsageSample(mounts, 'a', 5), expected)
})

test('figures of cgroup v1 are in ns, each in its hierarchy', t => {
  const dir = hierarchy(t, {
    'cpuacct/a/cpuacct.usage': '1500000000',
    'cpu/a/cpu.stat': 'nr_periods 20\nnr_throttled 4\nthrottled_time 250000000',
    'memory/a/memory.usage_in_bytes': '8192',
    'memory/a/memory.stat': 'cache 1\ninactive_file 7\ntotal_inactive_file 2048',
    'memory/a/memory.max_usage_in_bytes': '16384',
    'pids/a/pids.current': '3',
    'blkio/a/blkio.throttle.io_service_bytes_recursive':
      '254:0 Read 4096\n254:0 Write 1024\n254:0 Total 5120\n8:0 Read 512\nTotal 5632',
    'blkio/a/blkio.throttle.io_serviced_recursive': '254:0 Read 3\n254:0 Write 2\nTotal 5',
  })
  const names = ['cpuacct', 'cpu', 'memory', 'pids', 'blkio']
  const controllers = Object.fromEntries(names.map(name => [name, join(dir, name)]))
  const mounts: CgroupMounts = { kind: 'v1', controllers, unified: null, handedDown: [], named: {}, isSystemds: false }
  assert.deepEqual(readUsageSample(mounts, 'a', 5), expected)
})

test('what this kernel does not count, and what has ended, is null and not nothing', t => {
  const mounts: CgroupMounts = {
    kind: 'v2',
    controllers: {},
    unified: hierarchy(t, {}),
    handedDown: [],
    named: {},
    isSystemds: false,
  }
  const { cpuMs, memoryBytes, memoryPeakBytes, io } = readUsageSample(mounts, 'gone', 5)
  assert.deepEqual([cpuMs, memoryBytes, memoryPeakBytes, io.readBytes], [null, null, null, null])
})
