import { execFileSync } from 'node:child_process'
import { renameSync, statSync, writeFileSync } from 'node:fs'
import { hostCommand } from './host-command.ts'
import { cgroupOf, hierarchy, readText } from './lab.ts'

/** A running container with 64 MiB, nofile 512:1024, a volume on /data and a file bound to /etc/site.conf. */
export type Subject = { readonly pid: number; readonly source: string }

/** Somebody's hand on a running container of whatever engine; `isOff`: the kernel still has it as that hand left it. */
export type Drift = { readonly name: string; readonly make: () => void; readonly isOff: () => boolean }

/** What the kernel tells a watcher by an event. */
export function toldDrifts({ pid, source }: Subject): readonly Drift[] {
  const limit = `${cgroupOf(pid, 'memory')}/memory.limit_in_bytes`
  const freezer = `${cgroupOf(pid, 'freezer')}/freezer.state`
  return [
    {
      name: 'limit',
      make: () => writeFileSync(limit, `${32 * 2 ** 20}`),
      isOff: () => readText(limit).trim() !== `${64 * 2 ** 20}`,
    },
    {
      name: 'freeze',
      make: () => writeFileSync(freezer, 'FROZEN'),
      isOff: () => readText(freezer).trim() !== 'THAWED',
    },
    {
      name: 'volume unmounted inside',
      make: () => unmountInside(pid, '/data'),
      isOff: () => !/^(\S+ ){4}\/data /m.test(readText(`/proc/${pid}/mountinfo`)),
    },
    {
      name: 'bind replaced by rename',
      make: () => {
        writeFileSync(`${source}.new`, 'new')
        renameSync(`${source}.new`, source)
      },
      isOff: () => statSync(source).ino !== statSync(`/proc/${pid}/root/etc/site.conf`).ino,
    },
  ]
}

/** What it tells nobody. */
export const silentDrifts = ({ pid }: Subject): readonly Drift[] => [
  {
    name: 'process out of its cgroup',
    make: () => writeFileSync(`${hierarchy('pids')}/cgroup.procs`, `${pid}`),
    isOff: () => cgroupOf(pid, 'pids') === `${hierarchy('pids')}/`,
  },
  {
    name: 'ulimit by prlimit',
    make: () => void execFileSync('prlimit', [`--pid=${pid}`, '--nofile=64:1024']),
    isOff: () => !/^Max open files +512 +1024 /m.test(readText(`/proc/${pid}/limits`)),
  },
]

const unmountInside = (pid: number, target: string) =>
  void hostCommand('nsenter', `--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`, 'busybox', 'umount', target)
