import { fsync, fsyncSync } from 'node:fs'
import { promisify } from 'node:util'

/**
 * Changes of files in their order. It yields the descriptors that must be on the disk before it goes on, so the same order
 * holds whether this thread waits for the disk or others wait beside it.
 */
export type DiskWork<T = void> = Generator<number | readonly number[], T, void>

/** Waits for the disk in this thread: for what nothing runs beside. */
export function runAtOnce<T>(work: DiskWork<T>): T {
  for (let turn = work.next(); ; ) {
    if (turn.done === true) return turn.value
    turn = synced(work, turn.value)
  }
}

type Waiting = number | readonly number[]
const all = (fds: Waiting): readonly number[] => (typeof fds === 'number' ? [fds] : fds)

function synced<T>(work: DiskWork<T>, fds: Waiting): IteratorResult<Waiting, T> {
  try {
    for (const fd of all(fds)) fsyncSync(fd)
  } catch (error) {
    return work.throw(error)
  }
  return work.next()
}

const fsyncBeside = promisify(fsync)

/** Waits for the disk beside other work: what several wait for at once, the file system writes together. */
export async function runBeside<T>(work: DiskWork<T>): Promise<T> {
  for (let turn = work.next(); ; ) {
    if (turn.done === true) return turn.value
    const ended = await Promise.allSettled(all(turn.value).map(fd => fsyncBeside(fd)))
    const failed = ended.find(one => one.status === 'rejected')
    turn = failed === undefined ? work.next() : work.throw(failed.reason)
  }
}
