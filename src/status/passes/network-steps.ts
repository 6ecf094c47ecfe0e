import type { Action } from '../../model/action.ts'
import type { NetworkRecord } from '../../model/network.ts'
import type { Step } from '../../model/plan.ts'
import { endpointsText } from '../text/network-words.ts'

/** `10.200.0.0/24`, with the IPv6 subnet behind it */
export const rangesText = ({ ipv4, ipv6 }: NetworkRecord): string =>
  ipv6 === null ? ipv4.subnet : `${ipv4.subnet} ${ipv6.subnet}`

/** `connect eth0 10.200.0.2 on shop`, or what was repaired of it */
export const connectText = ({ reason }: Step, { endpoints }: Extract<Action, { kind: 'connect-container' }>): string =>
  reason.code === 'links-drifted' ? `reconnect   ${reason.faults.join(', ')}` : `connect ${endpointsText(endpoints)}`

export const networkText = ({ reason }: Step): string =>
  reason.code === 'links-drifted'
    ? `repair   ${reason.faults.join(', ')}`
    : `update ${reason.code === 'record-changed' ? reason.fields.map(field => field.replace(/^spec\./, '')).join(', ') : ''}`.trimEnd()
