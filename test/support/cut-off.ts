import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const changing = [
  'mkdirSync',
  'renameSync',
  'linkSync',
  'symlinkSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
  'openSync',
  'writeSync',
  'writeFileSync',
  'ftruncateSync',
  'chmodSync',
  'fchmodSync',
  'chownSync',
  'utimesSync',
] as const

const cutOff = Symbol('cut off')

/**
 * Runs `act` and lets its first so many file operations happen and no later one, clean-up included: the files are then
 * as a process leaves them that is killed there. Tells whether that was before its end. Nothing waits for the disk.
 */
export async function cutOffAfter(operations: number, act: () => unknown): Promise<boolean> {
  const originals = [...changing, 'fsyncSync' as const].map(
    name => [name, fs[name] as (...args: never[]) => unknown] as const,
  )
  let left = operations
  for (const [name, original] of originals) {
    const counted = (...args: never[]) => {
      if (name === 'fsyncSync') return undefined
      // a directory or a file that is only read
      if (name === 'openSync' && !isWriting(args[1])) return original(...args)
      if (left <= 0) throw Object.assign(new Error('cut off'), { [cutOff]: true })
      left--
      return original(...args)
    }
    Object.assign(fs, { [name]: counted })
  }
  syncBuiltinESMExports()
  try {
    await act()
    return false
  } catch (error) {
    if (error instanceof Error && cutOff in error) return true
    throw error
  } finally {
    Object.assign(fs, Object.fromEntries(originals))
    syncBuiltinESMExports()
  }
}

const isWriting = (flags: unknown) =>
  typeof flags === 'number'
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0
    : true
