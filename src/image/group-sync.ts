import { fail, type Result } from '../model/errors.ts'
import { isSystemError, systemFailure } from './system-failure.ts'

/** Brings the work of several tasks to the disk by one sync, which takes little longer for all than for one. */
export type GroupSync = {
  /** Runs what writes. While any of it runs, the others' syncs wait for it, for `patienceMs` at most. */
  readonly whileBusy: <T>(act: () => Promise<T>) => Promise<T>
  /** Ends when all that was written before this call is on the disk. `before` runs at the last moment; what it throws fails this one alone. */
  readonly sync: (before: () => void) => Promise<Result<void>>
}

const patienceMs = 5000

type Waiting = { readonly before: () => void; readonly end: (result: Result<void>) => void }

export function groupSync(act: () => Promise<Result<void>>): GroupSync {
  let busy = 0
  let isSyncing = false
  let waiting: Waiting[] = []
  let late: NodeJS.Timeout | null = null
  const run = async () => {
    if (isSyncing || waiting.length === 0) return
    if (late !== null) clearTimeout(late)
    late = null
    const batch = waiting
    waiting = []
    isSyncing = true
    const ready = batch.filter(prepare)
    const result = ready.length === 0 ? null : await act().catch(failed)
    isSyncing = false
    if (result !== null) for (const { end } of ready) end(result)
    next()
  }
  const next = () => {
    if (busy === 0) void run()
    else if (waiting.length > 0) late ??= setTimeout(() => void run(), patienceMs)
  }
  return {
    whileBusy: async task => {
      busy += 1
      try {
        return await task()
      } finally {
        busy -= 1
        // after the task's own sync is asked for
        setImmediate(next)
      }
    },
    sync: before =>
      new Promise(end => {
        waiting.push({ before, end })
        next()
      }),
  }
}

function prepare({ before, end }: Waiting): boolean {
  try {
    before()
    return true
  } catch (error) {
    end(failed(error))
    return false
  }
}

const failed = (error: unknown): Result<void> =>
  fail(
    isSystemError(error)
      ? systemFailure('write', error)
      : { code: 'E_INTERNAL', message: error instanceof Error ? error.message : String(error) },
  )
