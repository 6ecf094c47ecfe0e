import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Bench } from './bench.ts'

/** Does one thing to a container by hand; gives how many ms later it was undone. */
export type Drifter = (...deed: readonly string[]) => Promise<number>

/** A program that does it and waits, in the mount namespace of a process, or in our own: no start of a program is measured. */
export function drifter({ after }: Bench, program: string, pid: number | null): Drifter {
  const child = spawn(program, [`${pid ?? 0}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  after(async () => {
    child.stdin.end()
    await ended
  })
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return async (...deed) => {
    child.stdin.write(`${deed.join(' ')}\n`)
    const { value, done } = await answers.next()
    if (done || Number(value) < 0) throw new Error(`${deed.join(' ')}: ${done ? 'failed' : 'not undone'}`)
    return Number(value) / 1e6
  }
}
