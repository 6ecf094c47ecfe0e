import { known, type Known } from '../../model/errors.ts'
import { differingLimits, type LimitField, limitNames } from '../../model/limits.ts'
import type { MountDrift } from '../../model/mount-drift.ts'
import { deviationsOf } from '../../model/deviations.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import type { Deviation } from '../../model/run-facts.ts'

/** Limits in which the kernel differs from what was last applied; null for what doesn't run. */
export function driftedFields({
  kernelLimits,
  recordedLimits,
}: ObservedContainer): Known<readonly LimitField[]> | null {
  if (kernelLimits === null || !kernelLimits.known) return kernelLimits
  return known(differingLimits(recordedLimits, kernelLimits.value))
}

/** The same, the mounts, and what it was given beside them, by name: `memory`, `mount /data`. */
export function driftNames(container: ObservedContainer): Known<readonly string[]> | null {
  const limits = driftedFields(container)
  const mounts = container.mountDrifts ?? known([])
  if (limits === null || !limits.known) return limits
  const others = deviationsFrom(container) ?? known([])
  const links = container.linkFaults ?? known([])
  const services = container.serviceFaults ?? known([])
  if (!mounts.known) return mounts
  if (!links.known) return links
  if (!others.known) return others
  if (!services.known) return services
  return known([
    ...limits.value.map(field => limitNames[field]),
    ...mounts.value.map(mountName),
    ...others.value.map(({ field }) => field),
    ...new Set([...links.value, ...services.value].map(({ field }) => field)),
  ])
}

export const mountName = ({ mount }: MountDrift): string => `mount ${mount.target}`

/** What a running container is not, of what it was given beside its limits; null for what doesn't run. */
export const deviationsFrom = ({ look, declaration }: ObservedContainer): Known<readonly Deviation[]> | null => {
  if (look === undefined || look === null || !look.known) return look ?? null
  return known(deviationsOf(look.value, declaration.state))
}
