import type { ProcessIdentity } from './identity.ts'
import type { RunFacts } from './run-facts.ts'

/** What was healed of one field, so that somebody who writes it back again and again is noticed. */
export type Heals = {
  /** the last ones, at most `fightingAfter` (ms, oldest first) */
  readonly atMs: readonly number[]
  /** how often it was parked since it was last quiet; the back-off grows with it */
  readonly parked: number
}

/** What is kept of a container for looking after it; a crash may lose it, and then it is learned anew. */
export type Upkeep = {
  readonly version: 1
  /** how the run that was last started was just after its start; null: not known */
  readonly run: { readonly process: ProcessIdentity; readonly facts: RunFacts } | null
  /** by field: `memory`, `cgroup`, `ulimits.nofile` */
  readonly heals: Readonly<Record<string, Heals>>
}

export const noUpkeep: Upkeep = { version: 1, run: null, heals: {} }
