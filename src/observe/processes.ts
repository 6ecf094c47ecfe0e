import type { ProcessIdentity } from '../model/identity.ts'
import { readText } from './files.ts'

/** A process as /proc/<pid>/stat shows it. */
export type SeenProcess = {
  readonly pid: number
  readonly startTicks: string
  readonly state: string
  readonly threads: number
  /** the wait status of a zombie (proc(5), field 52; 0 while it lives) */
  readonly waitStatus: number
}

export function readBootId(procRoot: string): string {
  const file = readText(`${procRoot}/sys/kernel/random/boot_id`)
  return file.ok ? file.text.trim() : ''
}

/** null: no such process. */
function readProcess(procRoot: string, pid: number): SeenProcess | null {
  const file = readText(`${procRoot}/${pid}/stat`)
  return file.ok ? parseStat(file.text) : null
}

/** The command in field 2 may hold spaces and brackets: fields are counted from the last bracket. */
export function parseStat(text: string): SeenProcess | null {
  const close = text.lastIndexOf(')')
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ')
  const pid = Number.parseInt(text, 10)
  const [state, startTicks] = [fields[0], fields[19]]
  if (close < 0 || state === undefined || startTicks === undefined || !Number.isInteger(pid)) return null
  return { pid, startTicks, state, threads: Number(fields[17] ?? '1'), waitStatus: Number(fields[49] ?? '0') }
}

/** PF_EXITING of the kernel's sched.h. */
const exiting = 0x4

/** Whether it ends, or has ended and waits to be reaped (proc(5): field 9, flags); also when it is gone. */
export function isExiting(procRoot: string, pid: number): boolean {
  const file = readText(`${procRoot}/${pid}/stat`)
  if (!file.ok) return true
  const flags = file.text.slice(file.text.lastIndexOf(')') + 2).split(' ')[6]
  return (Number(flags) & exiting) !== 0
}

export const isSameProcess = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId

export type Liveness =
  | { readonly is: 'alive' }
  | { readonly is: 'zombie'; readonly waitStatus: number }
  | { readonly is: 'gone' }

/** Whether exactly this process is there: a pid that was given to another one, or another boot, is `gone`. */
export function liveness(procRoot: string, bootId: string, process: ProcessIdentity): Liveness {
  if (process.bootId !== bootId) return { is: 'gone' }
  const seen = readProcess(procRoot, process.pid)
  if (seen === null || seen.startTicks !== process.startTicks || seen.state === 'X') return { is: 'gone' }
  // a first thread that ended before the others looks like a zombie
  return seen.state === 'Z' && seen.threads <= 1 ? { is: 'zombie', waitStatus: seen.waitStatus } : { is: 'alive' }
}
