import type { DesiredContainer } from '../model/desired.ts'
import { healthCheckOf } from '../model/health.ts'
import type { ObservedState } from '../model/observed.ts'
import type { Candidate } from './candidates.ts'
import { same } from './same.ts'

/** A run that begins now has nothing to be healthy by: running is all. `kept`: what is there of it already. */
export function isUnchecked(wanted: DesiredContainer, kept: Candidate | null, { images }: ObservedState): boolean {
  if (kept !== null && isRecorded(kept, wanted)) return kept.checked === undefined
  const { image: reference } = wanted.spec
  if (reference === null || wanted.health?.probe?.kind === 'none') return healthCheckOf(wanted.health, null) === null
  const image = images[reference]
  const isKnown = image?.state === 'present' && (kept === null || kept.image?.id === image.id)
  return isKnown && healthCheckOf(wanted.health, image.config.defaults) === null
}

/** Its check calls it healthy, or it has none; by a check that is not in its record yet nothing was said. */
export function isWell(kept: Candidate, wanted: DesiredContainer | null, observed: ObservedState): boolean {
  if (wanted === null || isRecorded(kept, wanted)) return kept.health === undefined || kept.health.status === 'healthy'
  return kept.health?.status === 'healthy' || isUnchecked(wanted, kept, observed)
}

const isRecorded = (kept: Candidate, wanted: DesiredContainer): boolean =>
  same(wanted.health ?? null, kept.declaration.health ?? null)
