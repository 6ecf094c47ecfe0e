import type { Result } from '../model/errors.ts'
import { fail, ok } from '../model/errors.ts'
import type { OpDone } from './wire.ts'

/** The descriptor of the pipe that an operation reads or writes at its other end. */
type Reply = { readonly op: number; readonly writeFd?: number; readonly readFd?: number }

export type Operations = {
  begin<T>(request: object): Promise<Result<T>>
  /** For requests whose reply tells more than the operation's number. */
  beginWith<T>(request: object): Result<{ readonly reply: Reply; readonly done: Promise<Result<T>> }>
  finish(done: OpDone): void
  /** After a close: what has not been heard of is E_GONE. */
  abandon(): void
}

/** Submitted requests and the promises that wait for their ends. `hold(true)` while there are any. */
export function operations(submit: (request: object) => Result<Reply>, hold: (pending: boolean) => void): Operations {
  const waiting = new Map<number, (result: Result<unknown>) => void>()
  const end = (op: number, result: Result<unknown>) => {
    waiting.get(op)?.(result)
    waiting.delete(op)
    if (waiting.size === 0) hold(false)
  }
  const beginWith: Operations['beginWith'] = request => {
    const submitted = submit(request)
    if (!submitted.ok) return submitted
    const { promise, resolve } = Promise.withResolvers<Result<unknown>>()
    waiting.set(submitted.value.op, resolve)
    hold(true)
    return ok({ reply: submitted.value, done: promise as Promise<Result<never>> })
  }
  return {
    begin: request => {
      const begun = beginWith<never>(request)
      return begun.ok ? begun.value.done : Promise.resolve(begun)
    },
    beginWith,
    finish: done => end(done.op, done.ok ? ok(done.result) : fail(done.error)),
    abandon: () => {
      for (const op of waiting.keys()) end(op, fail({ code: 'E_GONE', message: 'the core was closed' }))
    },
  }
}
