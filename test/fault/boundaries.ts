import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Core } from '../../src/runtime/core.ts'

/**
 * Numbers every effect of this process on a folder and on the core, and ends it by SIGKILL at the chosen one: before it
 * happens, or in the middle of the core's work on it. `count()` tells how many there were.
 */
export type Boundaries = { readonly wrap: (core: Core) => Core; readonly count: () => number }

const changing = ['mkdirSync', 'renameSync', 'linkSync', 'unlinkSync', 'rmdirSync', 'rmSync', 'writeFileSync'] as const

export function killAt(chosen: number, folder: string): Boundaries {
  let passed = 0
  const boundary = (afterMs = 0) => {
    if (++passed !== chosen) return
    for (const endMs = performance.now() + afterMs; performance.now() < endMs; );
    process.kill(process.pid, 'SIGKILL')
    // the signal arrives before the next system call returns, not before the next statement
    for (;;) fs.statSync('/')
  }
  beforeEachChange(folder, boundary)
  return { wrap: core => wrapped(core, boundary), count: () => passed }
}

/** Calls `act` before every change of a name below a folder that this process makes; returns what ends that. */
export function beforeEachChange(folder: string, act: () => void): () => void {
  const originals = changing.map(name => [name, fs[name] as (...args: unknown[]) => unknown] as const)
  for (const [name, original] of originals) {
    const counted = (...args: unknown[]) => {
      if (args.some(arg => typeof arg === 'string' && arg.startsWith(folder))) act()
      return original(...args)
    }
    Object.assign(fs, { [name]: counted })
  }
  syncBuiltinESMExports()
  return () => {
    Object.assign(fs, Object.fromEntries(originals))
    syncBuiltinESMExports()
  }
}

/** In the core's threads the work goes on while this thread waits to be killed. */
const intoTheWorkMs = [0, 0.3, 1, 2, 4, 8, 16]

function wrapped(core: Core, boundary: (afterMs?: number) => void): Core {
  const during = <A extends unknown[], R>(operation: (...args: A) => R) => {
    return (...args: A): R => {
      boundary()
      const begun = operation(...args)
      for (const afterMs of intoTheWorkMs) boundary(afterMs)
      return begun
    }
  }
  const { start, stop, update, adopt, cleanup } = core
  const operations = { start: during(start), stop: during(stop), update: during(update), adopt: during(adopt) }
  return { ...core, ...operations, cleanup: during(cleanup) }
}
