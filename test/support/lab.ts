import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { labPrefix } from './leaks.ts'
import { removeLab } from './remove-lab.ts'

export type Ran = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** Where clean-up is registered: a test's context, or what a program ends with. */
export type Cleaning = { after(clean: () => void | Promise<void>): void }

/** A data-root, a run directory and a directory of manifests of a test's own; all of it goes when the test ends. */
export type Lab = {
  readonly folder: string
  readonly root: string
  readonly run: string
  readonly manifests: string
  /** Writes `manifests/<name>` and returns its path. */
  write(name: string, text: string): string
  /** Runs `reconcile` with this lab's places. */
  reconcile(...args: string[]): Promise<Ran>
  /** The same, and the test fails unless it exits with `code`. */
  expect(code: number, ...args: string[]): Promise<Ran>
  watch(...args: string[]): Watcher
  /** The same by another build's `reconcile`. */
  by(command: string): Pick<Lab, 'reconcile' | 'expect' | 'watch'>
  /** `inspect NAME --output json` */
  inspect(name: string): Promise<Inspected>
  pid(name: string): Promise<number>
}

/** What tests read of `inspect --output json`. */
export type Inspected = {
  readonly id: string
  readonly phase: string
  /** null unless it runs */
  readonly pid: number | null
  readonly [field: string]: unknown
}

export type Watcher = {
  readonly child: ChildProcess
  readonly pid: number
  output(): string
  /** Resolves once the output matches; throws after `limitMs`. */
  until(pattern: RegExp, limitMs?: number): Promise<string>
  kill(signal: NodeJS.Signals): Promise<void>
}

/**
 * Containers of a lab that say nothing of networks have none: what tests are about is elsewhere, and bridges would be on this
 * very host. Those about default networks open a place of their own.
 */
export const labOptions = ({ root, run }: Pick<Lab, 'root' | 'run'>): readonly string[] => [
  '--root',
  root,
  '--run',
  run,
  '--no-color',
  '--no-default-network',
]

export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('this test makes containers: it needs root')
  if (!existsSync('build/librc.so')) throw new Error('the core is not built: npm run build')
}

/** `mount` may put a file system in the data-root's place; what it returns takes that away again. */
export function makeLab(t: Cleaning, mount: (folder: string, root: string) => () => void = () => () => {}): Lab {
  requireRoot()
  const folder = mkdtempSync(labPrefix)
  const root = `${folder}/root`
  const run = `${folder}/run`
  const manifests = `${folder}/manifests`
  mkdirSync(manifests)
  const unmount = mount(folder, root)
  const watchers: Watcher[] = []
  t.after(async () => {
    for (const watcher of watchers) await watcher.kill('SIGKILL')
    await removeLab({ folder, root, run }, unmount)
  })
  const by = (command: string, options: readonly string[] = ['--root', root, '--run', run, '--no-color']) => {
    const reconcile = (...args: string[]) => runCommand([command, ...options], args, manifests)
    const expect = async (code: number, ...args: string[]) => {
      const ran = await reconcile(...args)
      if (ran.code !== code)
        throw new Error(`reconcile ${args.join(' ')}: exit ${ran.code} instead of ${code}\n${ran.stdout}${ran.stderr}`)
      return ran
    }
    const watch = (...args: string[]) => {
      const watcher = startWatcher(command, [...options, ...args])
      watchers.push(watcher)
      return watcher
    }
    return { reconcile, expect, watch }
  }
  const present = by(`${process.cwd()}/bin/reconcile`, labOptions({ root, run }))
  const { expect } = present
  const inspect = async (name: string) =>
    JSON.parse((await expect(0, 'inspect', name, '--output', 'json')).stdout) as Inspected
  return {
    folder,
    root,
    run,
    manifests,
    ...present,
    by,
    inspect,
    write: (name, text) => {
      writeFileSync(`${manifests}/${name}`, text)
      return `${manifests}/${name}`
    },
    pid: async name => {
      const { pid } = await inspect(name)
      if (pid === null) throw new Error(`${name} does not run`)
      return pid
    },
  }
}

async function runCommand(
  [command = '', ...places]: readonly string[],
  args: readonly string[],
  cwd: string,
): Promise<Ran> {
  const begun = performance.now()
  const child = spawn(command, [...places, ...args], {
    cwd: statSync(cwd, { throwIfNoEntry: false })?.isDirectory() ? cwd : '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), 200_000)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout, stderr, ms: performance.now() - begun }
  } finally {
    clearTimeout(timer)
  }
}

function startWatcher(command: string, args: readonly string[]): Watcher {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', chunk => (text += chunk))
  child.stderr.on('data', chunk => (text += chunk))
  const ended = once(child, 'close')
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    until: async (pattern, limitMs = 20_000) => {
      await eventually(
        () => pattern.test(text),
        limitMs,
        () => `no ${pattern} in the watcher's output:\n${text}`,
      )
      return text
    },
    kill: async signal => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
    },
  }
}

/** Asks every 10 ms until it holds; throws `complaint()` after `limitMs`. Returns how long it took. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  complaint: () => string,
): Promise<number> {
  const begun = performance.now()
  while (!(await holds())) {
    if (performance.now() - begun > limitMs) throw new Error(complaint())
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return performance.now() - begun
}

export const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Mount points of the v1 hierarchy that has this controller. */
export function hierarchy(controller: string): string {
  const line = readText('/proc/self/mountinfo')
    .split('\n')
    .find(text => / - cgroup /.test(text) && (text.split(' ').at(-1) ?? '').split(',').includes(controller))
  if (line === undefined) throw new Error(`no v1 hierarchy with ${controller}`)
  return line.split(' ')[4] ?? ''
}

/** The directory of a process in the hierarchy of this controller. */
export function cgroupOf(pid: number, controller: string): string {
  const line = readText(`/proc/${pid}/cgroup`)
    .split('\n')
    .find(text => (text.split(':')[1] ?? '').split(',').includes(controller))
  if (line === undefined) throw new Error(`pid ${pid} is in no cgroup of ${controller}`)
  return `${hierarchy(controller)}${line.split(':').slice(2).join(':')}`
}
