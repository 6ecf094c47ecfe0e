import { spawn } from 'node:child_process'
import { fstatSync } from 'node:fs'

/**
 * Aborts when nobody reads the pipe behind standard output any more. A writer with nothing to write learns nothing of
 * that, and Node can't ask the kernel, but tail(1) of the coreutils looks each second and dies of it. Where there is
 * none, the end comes with the next write.
 */
export function watchReader(signal: AbortSignal, onGone: () => void): void {
  if (signal.aborted || !fstatSync(1).isFIFO()) return
  const following = [`--pid=${process.pid}`, '-f', '/dev/null']
  const tail = spawn('tail', following, { stdio: ['ignore', 'inherit', 'ignore'] })
  tail.on('error', () => {})
  tail.on('exit', (_, killedBy) => killedBy === 'SIGPIPE' && onGone())
  signal.addEventListener('abort', () => tail.kill(), { once: true })
}
