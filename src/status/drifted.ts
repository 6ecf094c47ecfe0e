import { known, type Known } from '../model/errors.ts'
import { differingLimits, type LimitField } from '../model/limits.ts'
import type { ObservedContainer } from '../model/observed.ts'

/** Limits in which the kernel differs from what was last applied; null for what doesn't run. */
export function driftedFields({
  kernelLimits,
  recordedLimits,
}: ObservedContainer): Known<readonly LimitField[]> | null {
  if (kernelLimits === null || !kernelLimits.known) return kernelLimits
  return known(differingLimits(recordedLimits, kernelLimits.value))
}
