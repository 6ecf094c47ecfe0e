import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, ok, type Result } from '../model/errors.ts'

/** What is asked of systemd: a scope with all controllers delegated, in which the first process goes to `shims`, an absolute directory. */
export type ScopeRequest = {
  readonly unit: string
  readonly slice: string
  readonly shims: string
  readonly description: string
}

/** A scope lives as long as a process is in it: this one stays till the first shim is there. */
const keeper = 'mkdir -p "$1" && echo 0 >"$1/cgroup.procs" && exec sleep 60'
const patienceMs = 10_000
const pauseMs = 5

/** The scope is there, and a process is in `shims`. E_CGROUP: systemd refused, or is not to be asked here. */
export async function ensureScope(request: ScopeRequest): Promise<Result<void>> {
  if (isInUse(request.shims)) return ok(undefined)
  const child = launch(request)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close').then(
    () => true,
    (error: Error) => {
      said = error.message
      return true
    },
  )
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pauseMs) {
    const isOver = await Promise.race([ended, sleep(pauseMs, false)])
    // another process may have been first
    if (isInUse(request.shims)) return ok(letGo(child))
    if (isOver) break
  }
  child.kill()
  letGo(child)
  const why = said.trim().split('\n')[0] || `no answer within ${patienceMs / 1000} s`
  const message = `systemd gave no scope ${request.unit} for the containers: ${why}`
  return fail({ code: 'E_CGROUP', message })
}

/** Stops go the other way round: a watcher is to restart nothing then, and no file system goes before who uses it. */
const shutdown = ['Before=reconcile.service', 'After=local-fs.target']

const launch = ({ unit, slice, shims, description }: ScopeRequest): ChildProcess =>
  spawn(
    'systemd-run',
    [
      ['--scope', '--quiet', '--collect', '--unit', unit, '--slice', slice, '--description', description],
      ['Delegate=yes', 'TasksMax=infinity', ...shutdown].flatMap(property => ['--property', property]),
      ['--', 'sh', '-c', keeper, 'sh', shims],
    ].flat(),
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )

/** It outlives this process. */
function letGo(child: ChildProcess): void {
  child.stderr?.destroy()
  child.unref()
}

function isInUse(cgroup: string): boolean {
  try {
    return readFileSync(`${cgroup}/cgroup.procs`, 'utf8') !== ''
  } catch {
    return false
  }
}
