import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { compiled } from './compiled.ts'

/** A system call by which a command changed something, or was about to when it was killed. */
export type Call = { readonly name: string; readonly path: string }

export const errorNames = ['ENOSPC', 'EIO', 'EINTR', 'EAGAIN', 'EMFILE', 'ENOMEM'] as const
export type ErrorName = (typeof errorNames)[number]

/** Where calls of `reconcile` count: not those that Node makes for itself. */
export const placesOf = ({ root, run }: { readonly root: string; readonly run: string }): readonly string[] => [
  root,
  run,
  '/sys/fs/cgroup/',
  '/proc/self/mountinfo',
  ...Array.from({ length: 9 }, (_, i) => `/proc/${i + 1}`),
]

/** At which counted call (from 1) what happens; without `fault` the calls are only listed. */
export type Injection = {
  readonly fault: 'kill' | ErrorName | null
  readonly at: number
  /** also calls that open and read count */
  readonly countsReads?: boolean
  /** calls on paths that begin with one of these count */
  readonly below: readonly string[]
  /** a file for the list of calls */
  readonly log: string
}

export type Injected = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly calls: readonly Call[]
  /** the call at which the fault was; null: there were not so many */
  readonly struck: Call | null
}

export type Injecting = { readonly child: ChildProcess; readonly ended: Promise<Injected>; output(): string }

/** Begins a command under the injector. SIGTERM and SIGINT to the child reach the command. */
export function beginInjected(
  injection: Injection,
  argv: readonly string[],
  { cwd, limitMs = 60_000 }: { readonly cwd: string; readonly limitMs?: number },
): Injecting {
  const { fault, at, below, log, countsReads = false } = injection
  const what = fault === null || fault === 'kill' ? 'kill' : `${constants.errno[fault]}`
  const scope = countsReads ? 'reads' : 'changes'
  const words = [log, scope, what, `${fault === null ? 0 : at}`, ...below, '--', ...argv]
  const child = spawn(compiled('fault-injector'), words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', chunk => (output += chunk))
  child.stderr.on('data', chunk => (output += chunk))
  // the injector takes its command with it
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const ended = once(child, 'close').then(([code, signal]): Injected => {
    clearTimeout(timer)
    const calls = readCalls(log)
    return { code, signal, output, calls, struck: (fault === null ? null : calls[at - 1]) ?? null }
  })
  return { child, ended, output: () => output }
}

export const runInjected = (...args: Parameters<typeof beginInjected>): Promise<Injected> =>
  beginInjected(...args).ended

/** A line that was cut off with the injector is no call. */
const readCalls = (log: string): Call[] =>
  (existsSync(log) ? readFileSync(log, 'utf8') : '')
    .split('\n')
    .slice(0, -1)
    .map(line => line.split('\t'))
    .map(([name = '', path = '']) => ({ name, path }))

export const callText = ({ name, path }: Call): string => (path === '' ? name : `${name} ${path}`)
