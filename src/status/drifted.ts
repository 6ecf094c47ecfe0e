import { known, type Known } from '../model/errors.ts'
import { differingLimits, type LimitField, limitNames } from '../model/limits.ts'
import type { MountDrift } from '../model/mount-drift.ts'
import type { ObservedContainer } from '../model/observed.ts'

/** Limits in which the kernel differs from what was last applied; null for what doesn't run. */
export function driftedFields({
  kernelLimits,
  recordedLimits,
}: ObservedContainer): Known<readonly LimitField[]> | null {
  if (kernelLimits === null || !kernelLimits.known) return kernelLimits
  return known(differingLimits(recordedLimits, kernelLimits.value))
}

/** The same and the mounts, by name: `memory`, `mount /data`. */
export function driftNames(container: ObservedContainer): Known<readonly string[]> | null {
  const limits = driftedFields(container)
  const mounts = container.mountDrifts ?? known([])
  if (limits === null || !limits.known) return limits
  if (!mounts.known) return mounts
  return known([...limits.value.map(field => limitNames[field]), ...mounts.value.map(mountName)])
}

export const mountName = ({ mount }: MountDrift): string => `mount ${mount.target}`
