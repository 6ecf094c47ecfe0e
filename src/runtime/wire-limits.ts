import { sharesOfWeight, weightOfShares } from '../model/cpu-weight.ts'
import type { Limits } from '../model/limits.ts'

/** Limits as the core takes and gives them: v1 has shares, v2 the weight. A request says both. */
export type WireLimits = Limits & { readonly cpuWeight: number | null }

export const toWire = (limits: Limits): WireLimits => ({
  ...limits,
  cpuWeight: limits.cpuShares === null ? null : weightOfShares(limits.cpuShares),
})

/** Many shares have the same weight: those that were asked for, if they have the one that is held. */
export function fromWire({ cpuWeight, ...limits }: WireLimits, asked: Limits | null): Limits {
  if (cpuWeight === null) return limits
  const wanted = asked?.cpuShares ?? null
  const isHeld = wanted !== null && weightOfShares(wanted) === cpuWeight
  return { ...limits, cpuShares: isHeld ? wanted : sharesOfWeight(cpuWeight) }
}
