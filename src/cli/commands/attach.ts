import type { Context } from '../context/context.ts'
import { becomeShim } from './become-shim.ts'

export type AttachOptions = {
  readonly stdin: boolean
  readonly signals: boolean
  /** null: Ctrl-P Ctrl-Q */
  readonly detachKeys: string | null
}

/** Shows what a container writes, and types into it where it has a terminal. */
export const attach = (context: Context, name: string, options: AttachOptions): Promise<number> =>
  becomeShim(context, name, 'attach', words(options))

const words = ({ stdin, signals, detachKeys }: AttachOptions): string[] => [
  ...(stdin ? [] : ['--no-stdin']),
  ...(signals ? [] : ['--no-sig-proxy']),
  ...(detachKeys === null ? [] : ['--detach-keys', detachKeys]),
]
