import type { AddressRange } from './network.ts'
import type { LedPort } from './proxied-ports.ts'

/** What the packet filter must do for our networks; in a fixed order, so that equal ones have equal texts. */
export type Ruleset = {
  /** of the rules that are made of this: raised when they change, so that those of an earlier build are replaced; missing = 1 */
  readonly revision?: number
  readonly networks: readonly {
    readonly bridge: string
    readonly subnet: string
    readonly subnet6: string | null
    readonly masquerade: boolean
    readonly internal: boolean
  }[]
  readonly ports: readonly LedPort[]
}

export const rulesRevision = 2

/** What was applied last, and how the kernel showed it then. */
export type LastRuleset = { readonly version: 1; readonly ruleset: Ruleset; readonly listed: string }

/** `changed`: the table is there, and somebody else wrote it; `unmade`: it is not there, and was not before */
export type SeenRuleset = Ruleset | 'absent' | 'unmade' | 'changed'

export const bridgeName = (networkId: string): string => `rc-${networkId.slice(0, 12)}`

type OfNetwork = {
  readonly id: string
  readonly ipv4: AddressRange
  readonly ipv6: AddressRange | null
  readonly masquerade: boolean
  readonly internal: boolean
}

export const rulesetNetwork = ({ id, ipv4, ipv6, masquerade, internal }: OfNetwork): Ruleset['networks'][number] => ({
  bridge: bridgeName(id),
  subnet: ipv4.subnet,
  subnet6: ipv6?.subnet ?? null,
  masquerade,
  internal,
})
