import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

export const cacheDirectory = resolve(import.meta.dirname, '../build/compile-cache')

/** Node keeps a cache for each user. */
export const completeMark = `${cacheDirectory}/complete-${process.geteuid?.() ?? 0}`

const looking: ReadonlySet<string> = new Set(
  'plan diff drift validate ps inspect why logs doctor fsck handover help'.split(' '),
)

/**
 * Whether Node's compile cache may be used: it takes two thirds off the time of a small command, but Node writes what is
 * missing in it. A command that changes nothing must not write there either, so it needs a complete one (`npm run build`).
 */
export const mayUseCache = (argv: readonly string[]): boolean =>
  !(argv.length === 0 || argv.some(word => looking.has(word))) || existsSync(completeMark)
