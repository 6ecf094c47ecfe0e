import { limitNames } from './limits.ts'
import type { Reason } from './plan.ts'

/** Under which the answers to changes of a bound file are counted. */
export const contentField = (target: string): string => `content of ${target}`

/** The fields that a step puts back because somebody else changed them: `memory`, `mount /data`, `ulimits.nofile`. */
export function driftFields(reason: Reason): readonly string[] {
  if (reason.code === 'drifted') return reason.changes.map(({ field }) => limitNames[field])
  if (reason.code === 'mount-drifted') return [`mount ${reason.drift.mount.target}`]
  if (reason.code === 'file-changed') return [contentField(reason.target)]
  if (reason.code === 'links-drifted') return reason.fields
  return reason.code === 'deviated' ? [reason.deviation.field] : []
}

/** `net.ipv4.ip_forward`: one for all networks. */
export const isSwitch = (field: string): boolean => field.startsWith('net.')

/** `rc-0123456789ab route_localnet`, of one network; these and the others open what rules guard. */
export const isOpening = (field: string): boolean => isSwitch(field) || / (route_localnet|forwarding6?)$/.test(field)
