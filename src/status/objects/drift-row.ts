/** One fact in which the kernel differs from what was last applied; values as people read them. */
export type Drift = {
  readonly kind: 'container' | 'network' | 'ruleset'
  readonly name: string
  readonly id: string
  /** `memory`, …, `mount /data`, `eth0 address`, or `state` */
  readonly field: string
  readonly desired: string
  readonly recorded: string
  readonly kernel: string
  readonly repair: string
  /** no pass repairs it; `repair` says why */
  readonly blocked: boolean
}
