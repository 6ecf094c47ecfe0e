import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { compiled } from './compiled.ts'
import { hostCommand } from './host-command.ts'

/** A mounted FUSE file system with one file, `file`, that can fall silent. */
export type SilentFuse = {
  /** from now on nothing that is asked of it is answered */
  readonly silence: () => void
  /** Whoever waits for it gets an error, and it is unmounted. Idempotent. */
  readonly end: () => Promise<void>
}

export async function mountSilentFuse(point: string): Promise<SilentFuse> {
  const program = compiled('silent-fuse')
  mkdirSync(point, { recursive: true })
  const child = spawn(program, [point], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const [said] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer | number]
  if (`${said}` !== 'mounted\n') throw new Error(`no FUSE file system at ${point}: ${said}`)
  let hasEnded = false
  return {
    silence: () => void child.kill('SIGUSR1'),
    end: async () => {
      if (hasEnded) return
      hasEnded = true
      child.stdin.end()
      await ended
      hostCommand('umount', '-l', point)
    },
  }
}
