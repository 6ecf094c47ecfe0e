import type { DesiredState } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import type { Outcome } from '../../model/outcome.ts'
import { isOneShot } from '../../supervise/completion.ts'

/** Many programs that can't run end at once; `--once` looks again this long after a start before it calls one ready. */
const firstLookMs = 250
/** One that has crashed before must run as long as it takes to end the series of restarts. */
const afterCrashMs = 10_000

/** How long a container must still run before it counts as ready; 0: it does. The end of a one-shot is waited for anyway. */
export function unsettledForMs({ phase, declaration, restarts }: ObservedContainer, nowMs: number): number {
  if (!phase.known || phase.value.phase !== 'running' || isOneShot(declaration.restart)) return 0
  const neededMs = restarts.streak > 1 ? afterCrashMs : firstLookMs
  const leftMs = phase.value.startedAtMs + neededMs - nowMs
  // more than that is left only after a clock that was set back
  return leftMs > neededMs ? 0 : Math.max(0, leftMs)
}

/** When to look again at the declared containers, or null when all have run long enough. */
export function nextLookMs({ desired, observed }: Pick<Outcome, 'desired' | 'observed'>): number | null {
  const names = declaredNames(desired)
  const waits = observed.containers
    .filter(({ declaration }) => names.has(fullName(declaration.name)))
    .map(container => unsettledForMs(container, observed.nowMs))
  const longestMs = Math.max(0, ...waits)
  return longestMs === 0 ? null : longestMs
}

const declaredNames = ({ containers }: DesiredState): ReadonlySet<string> =>
  new Set(containers.map(({ name }) => fullName(name)))
