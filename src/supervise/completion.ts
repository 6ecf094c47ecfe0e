import type { RestartPolicy } from '../model/desired.ts'
import { type Exit, exitCode } from '../model/observed.ts'

/** An exit that nobody could learn counts as a failure. */
export const succeeded = (exit: Exit): boolean => exitCode(exit) === 0

/** A container that is meant to end: its exit is a result, and `--once` waits for it. */
export const isOneShot = (restart: RestartPolicy): boolean => restart.policy === 'no' || restart.policy === 'on-failure'
