import type { Bounds } from '../http/bounds.ts'
import type { Challenge } from './challenge.ts'
import type { CredentialSource } from './account.ts'
import type { Wire } from '../http/exchange.ts'
import type { HostRules } from '../http/hosts.ts'

/** One client's memory: what it was configured with and what the hosts have told it. Dies with the client. */
export type Context = Wire & {
  readonly bounds: Bounds
  readonly rules: HostRules
  readonly mirrors: readonly URL[]
  readonly credentials: CredentialSource
  readonly userAgent: string
  readonly nowMs: () => number
  /** by origin */
  readonly challenges: Map<string, Challenge>
  /** by origin and scopes */
  readonly tokens: Map<string, { readonly token: string; readonly untilMs: number }>
  /** hosts that have spoken TLS: no plain HTTP to them any more */
  readonly tlsHosts: Set<string>
  /** hosts that may be and are plain */
  readonly plainHosts: Set<string>
}
