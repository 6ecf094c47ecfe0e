import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** The pull runs on in this process; what becomes of it is seen by the pass that its end wakes. */
export const beginPull: Executor<'begin-pull'> = async (deps, { reference }) => {
  deps.beginPull(reference)
  return ok({})
}
