import { execa } from 'execa'
import type { Ended, HostCommand } from '../../source/git/command.ts'

const messageBytes = 256 * 1024

/** Process groups of commands that run; none outlives this process. */
const groups = new Set<number>()

/**
 * Runs a command of the host in a session of its own, so that nothing in it can ask a terminal, and what it started ends
 * with it when its time is over, its output too long, or `signal` aborts.
 */
export async function runHostCommand(command: HostCommand, signal: AbortSignal): Promise<Ended> {
  if (signal.aborted) return { code: null, stdout: new Uint8Array(), stderr: '', cut: 'cancelled' }
  const { file, args, env, input, timeoutMs, maxOutputBytes } = command
  const child = execa(file, args, {
    cwd: '/',
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: { stdout: Math.max(1, maxOutputBytes), stderr: messageBytes },
    ...(input === null ? { stdin: 'ignore' as const } : { input }),
  })
  const { pid } = child
  let cut: Ended['cut'] = null
  const end = (why: Ended['cut']): void => {
    cut ??= why
    if (pid !== undefined) killGroup(pid)
  }
  const onAbort = () => end('cancelled')
  const timer = setTimeout(() => end('time'), timeoutMs)
  signal.addEventListener('abort', onAbort, { once: true })
  if (pid !== undefined) groups.add(pid)
  try {
    const ended = await child
    if (ended.isMaxBuffer) end('output')
    const stderr = Buffer.from(ended.stderr ?? []).toString('utf8')
    const isAbsent = ended.code === 'ENOENT' || (ended.exitCode === 127 && /\bgit: not found/.test(stderr))
    const killed = ended.exitCode === undefined ? 'killed' : null
    return {
      code: ended.exitCode ?? null,
      stdout: ended.stdout ?? new Uint8Array(),
      stderr,
      cut: cut ?? (isAbsent ? 'absent' : killed),
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    if (pid !== undefined) groups.delete(pid)
  }
}

/** The group is there as long as one of its processes is; execa has not reaped its first one before it says so. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // all of it has ended
  }
}

process.on('exit', () => {
  for (const pid of groups) killGroup(pid)
})
