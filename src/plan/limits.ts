import { differingLimits, type LimitField, limitFields, limitOf, type Limits } from '../model/limits.ts'
import type { ObservedContainer } from '../model/observed.ts'
import type { LimitChange, Reason } from '../model/plan.ts'

/**
 * The limits that are not as wanted, with their three values. `limits-changed` when the manifest differs from what was
 * last applied, else `drifted`: somebody else wrote the kernel's. null: all is well.
 */
export function limitsReason(wanted: Limits, container: ObservedContainer): LimitsReason | null {
  const kernel = container.kernelLimits?.known === true ? container.kernelLimits.value : null
  const fromRecord = differingLimits(wanted, container.recordedLimits)
  const fromKernel = kernel === null ? [] : differingLimits(wanted, kernel)
  const fields = limitFields.filter(field => fromRecord.includes(field) || fromKernel.includes(field))
  if (fields.length === 0) return null
  const changes = fields.map(field => change(field, wanted, container.recordedLimits, kernel))
  return { code: fromRecord.length > 0 ? 'limits-changed' : 'drifted', changes }
}

export type LimitsReason = Extract<Reason, { code: 'limits-changed' | 'drifted' }>

const change = (field: LimitField, wanted: Limits, recorded: Limits, kernel: Limits | null): LimitChange => ({
  field,
  desired: limitOf(wanted, field),
  recorded: limitOf(recorded, field),
  kernel: kernel === null ? undefined : limitOf(kernel, field),
})
