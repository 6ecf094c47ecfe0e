import { sharesOfWeight, weightOfShares } from '../model/cpu-weight.ts'
import { ioWeightOf, weightOfIo } from '../model/blkio.ts'
import type { Limits } from '../model/limits.ts'

/** Limits as the core takes and gives them: v1 has shares, v2 the weight; I/O has two scales. A request says both. */
export type WireLimits = Limits & { readonly cpuWeight: number | null; readonly ioWeight?: number }

export const toWire = (limits: Limits): WireLimits => ({
  ...limits,
  cpuWeight: limits.cpuShares === null ? null : weightOfShares(limits.cpuShares),
  ...(limits.blkioWeight === undefined ? {} : { ioWeight: ioWeightOf(limits.blkioWeight) }),
})

/** Many shares have the same weight: those that were asked for, if they have the one that is held. */
export function fromWire({ cpuWeight, ioWeight, ...held }: WireLimits, asked: Limits | null): Limits {
  const limits = ioWeight === undefined ? held : { ...held, blkioWeight: weightOfIo(ioWeight) }
  if (cpuWeight === null) return limits
  const wanted = asked?.cpuShares ?? null
  const isHeld = wanted !== null && weightOfShares(wanted) === cpuWeight
  return { ...limits, cpuShares: isHeld ? wanted : sharesOfWeight(cpuWeight) }
}
