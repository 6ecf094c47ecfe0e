import { jsonText } from '../../status/text/json-text.ts'
import type { Context } from './context.ts'

/** Prints the answer as `--output` asks for it; only that one is made. */
export function answer(context: Context, says: { readonly text: () => string; readonly json: () => unknown }): void {
  context.screen.out(context.options.output === 'json' ? jsonText(says.json()) : says.text())
}
