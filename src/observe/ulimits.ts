import type { Ulimit } from '../model/desired.ts'
import { known, type Known, unknown } from '../model/errors.ts'
import { readText } from './files.ts'

/** As /proc/<pid>/limits calls them (proc_pid_limits(5)). */
const lineNames: Readonly<Record<string, string>> = {
  as: 'Max address space',
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  locks: 'Max file locks',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
}

/** The limits of these names that a process has; what the kernel doesn't list is left out. */
export function readUlimits(procRoot: string, pid: number, names: readonly string[]): Known<Record<string, Ulimit>> {
  if (names.length === 0) return known({})
  const path = `${procRoot}/${pid}/limits`
  const file = readText(path)
  return file.ok ? known(parseUlimits(file.text, names)) : unknown(`cannot read ${path} (${file.errno})`)
}

export function parseUlimits(text: string, names: readonly string[]): Record<string, Ulimit> {
  const lines = text.split('\n')
  const found: Record<string, Ulimit> = {}
  for (const name of names) {
    const heading = Object.hasOwn(lineNames, name) ? lineNames[name] : undefined
    const line = heading === undefined ? undefined : lines.find(one => one.startsWith(`${heading} `))
    const [soft, hard] = line?.slice(heading?.length).trim().split(/\s+/) ?? []
    if (soft === undefined || hard === undefined) continue
    found[name] = { soft: parseLimit(soft), hard: parseLimit(hard) }
  }
  return found
}

/** A few limits are larger than a number here can be exactly; that is as good as none. */
function parseLimit(text: string): number {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : -1
}
