import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import type { GlobalOptions } from './options.ts'
import type { Screen } from './screen.ts'

/** What every command gets. */
export type Context = {
  readonly options: GlobalOptions
  readonly screen: Screen
  readonly paths: DataRootPaths
  /** aborted with the exit code of the signal (130, 143) as its reason */
  readonly signal: AbortSignal
  /** where relative paths of the command line start */
  readonly workingDir: string
}

export const exitCodes = {
  done: 0,
  failed: 1,
  pending: 2,
  notReady: 3,
  refused: 4,
  invalid: 5,
  usage: 64,
  interrupted: 130,
} as const

/** Why a command can't go on: what to say, and the exit code. */
export type Refused = { readonly exit: number; readonly message: string; readonly isUnreadable?: boolean }

export const refused = (message: string): Refused => ({ exit: exitCodes.refused, message })

/** Says why and gives the exit code back. */
export function giveUp(context: Context, refusal: Refused): number {
  if (context.options.output === 'json') context.screen.out(JSON.stringify({ error: refusal.message }))
  context.screen.err(refusal.message)
  return refusal.exit
}

export const interruptedCode = (signal: AbortSignal): number =>
  typeof signal.reason === 'number' ? signal.reason : exitCodes.interrupted
