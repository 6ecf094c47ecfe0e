import type { Context } from '../context/context.ts'
import { becomeShim } from './become-shim.ts'

export type ExecOptions = {
  readonly interactive: boolean
  readonly tty: boolean
  readonly detach: boolean
  /** null: as the container's first process */
  readonly user: string | null
  readonly workdir: string | null
  /** `KEY=value`, or `KEY` for the caller's */
  readonly env: readonly string[]
}

/** Runs the command beside the container's processes. */
export const exec = (
  context: Context,
  name: string,
  command: readonly string[],
  options: ExecOptions,
): Promise<number> => becomeShim(context, name, 'exec', [...words(options), '--', ...command])

const words = ({ interactive, tty, detach, user, workdir, env }: ExecOptions): string[] => [
  ...(interactive ? ['--interactive'] : []),
  ...(tty ? ['--tty'] : []),
  ...(detach ? ['--detach'] : []),
  ...(user === null ? [] : ['--user', user]),
  ...(workdir === null ? [] : ['--workdir', workdir]),
  ...env.flatMap(entry => ['--env', entry]),
]
