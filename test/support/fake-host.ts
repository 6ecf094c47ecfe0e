import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from '../../src/model/limits.ts'
import { labPrefix } from './leaks.ts'

/** A directory tree that looks like /proc and cgroup v1 to code that takes their places as arguments. */
export type FakeHost = {
  readonly dir: string
  readonly procRoot: string
  readonly bootId: string
  readonly setProcess: (pid: number, startTicks: string, state?: string, waitStatus?: number) => void
  readonly endProcess: (pid: number) => void
  readonly setLimits: (cgroup: string, files: Readonly<Record<string, string>>) => void
  readonly lock: (dev: number, ino: number) => void
  readonly cgroupFile: (controller: string, cgroup: string, file: string) => string
  readonly remove: () => void
}

const controllers = ['cpu', 'cpuset', 'memory', 'pids']

const unlimited = {
  'memory.limit_in_bytes': '9223372036854771712',
  'memory.memsw.limit_in_bytes': '9223372036854771712',
  'memory.soft_limit_in_bytes': '9223372036854771712',
  'cpu.cfs_period_us': '100000',
  'cpu.cfs_quota_us': '-1',
  'cpu.shares': '1024',
  'cpuset.cpus': '0-1',
  'cpuset.mems': '0',
}

export const unlimitedLimits: Limits = {
  memoryBytes: null,
  memorySwapBytes: null,
  memoryReservationBytes: null,
  cpuPeriodUs: 100000,
  cpuQuotaUs: null,
  cpuShares: 1024,
  cpusetCpus: '0-1',
  cpusetMems: '0',
  pids: null,
}

export function fakeHost(): FakeHost {
  const dir = mkdtempSync(labPrefix)
  const procRoot = join(dir, 'proc')
  const bootId = '11111111-2222-3333-4444-555555555555'
  const write = (path: string, text: string) => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  const cgroupFile = (controller: string, cgroup: string, file: string) => join(dir, 'cgroup', controller, cgroup, file)
  const setLimits = (cgroup: string, files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files))
      write(cgroupFile(file.split('.')[0] ?? '', cgroup, file), `${text}\n`)
  }
  write(join(procRoot, 'sys/kernel/random/boot_id'), `${bootId}\n`)
  write(join(procRoot, 'locks'), '')
  const mount = (controller: string) =>
    `30 1 0:30 / ${join(dir, 'cgroup', controller)} rw - cgroup cgroup rw,${controller}\n`
  write(join(procRoot, 'self/mountinfo'), controllers.map(mount).join(''))
  setLimits('', unlimited)
  return {
    dir,
    procRoot,
    bootId,
    setProcess: (pid, startTicks, state = 'S', waitStatus = 0) =>
      write(join(procRoot, `${pid}/stat`), statLine(pid, startTicks, state, waitStatus)),
    endProcess: pid => rmSync(join(procRoot, `${pid}`), { recursive: true, force: true }),
    setLimits: (cgroup, files) => setLimits(cgroup, { ...unlimited, 'pids.max': 'max', ...files }),
    lock: (dev, ino) => write(join(procRoot, 'locks'), lockLine(dev, ino)),
    cgroupFile,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

const statLine = (pid: number, startTicks: string, state: string, waitStatus: number) => {
  const fields = Array.from({ length: 50 }, () => '0')
  fields[0] = state
  fields[19] = startTicks
  fields[49] = `${waitStatus}`
  return `${pid} (pay load) ${fields.join(' ')}\n`
}

const lockLine = (dev: number, ino: number) => {
  const hex = (n: number) => n.toString(16).padStart(2, '0')
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00)
  return `1: FLOCK  ADVISORY  WRITE 77 ${hex((dev >>> 8) & 0xfff)}:${hex(minor)}:${ino} 0 EOF\n`
}
