import type { Reason } from '../../model/plan.ts'
import type { Deviation, Repair } from '../../model/run-facts.ts'
import { ulimitText } from '../../model/deviations.ts'

/** `frozen yes -> no`, `ulimits.nofile 64:128 -> 1024:4096`: from what the kernel has to what a repair makes of it. */
export const repairText = (deviation: Deviation): string =>
  `${deviation.field} ${deviation.kernel} -> ${repairedTo(deviation)}`

/** Less than what was given where a hard limit can't be raised again. */
const repairedTo = ({ repair, recorded }: Deviation): string =>
  repair?.what === 'setUlimit' ? ulimitText(repair) : recorded

/** Also of what a manifest asks for, and no deviation does. */
export const repairRunText = ({ repair }: { readonly repair: Repair }, reason: Reason): string => {
  if (reason.code === 'deviated') return repairText(reason.deviation)
  return repair.what === 'freeze' ? 'paused' : repair.what === 'thaw' ? 'resumed' : 'repaired'
}

/** `namespaces.net is host in the kernel instead of own 4026532301` */
export const deviationText = ({ field, kernel, recorded }: Deviation): string =>
  `${field} is ${kernel} in the kernel instead of ${recorded}`
