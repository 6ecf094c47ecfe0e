import type {
  AddressRange,
  Endpoint,
  ExtraHost,
  Link,
  NetworkRecord,
  NetworkUse,
  PublishedPort,
} from '../../model/network.ts'
import type { LastRuleset, Ruleset } from '../../model/ruleset.ts'
import type { Origin } from '../../model/desired.ts'
import {
  count,
  flag,
  list,
  mapOf,
  matching,
  nullable,
  object,
  oneOf,
  optional,
  text,
  versionOne,
} from '../files/shape.ts'
import type { Shape } from '../files/shape.ts'

const hex64 = matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
const range = object<AddressRange>({ subnet: text, gateway: text })
export const origin = object<Origin>({ file: text, line: count, column: count, source: text })

export const networkRecordShape: Shape<NetworkRecord> = object({
  version: versionOne,
  id: hex64,
  name: matching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/, 'the name of a network'),
  labels: mapOf(text),
  ipv4: range,
  ipv6: nullable(range),
  masquerade: flag,
  internal: flag,
  mtu: count,
  filtered: optional(flag),
  origin,
})

export const networkUses = list(
  object<NetworkUse>({ name: text, aliases: list(text), address: nullable(text), address6: nullable(text) }),
)

const protocol = oneOf('tcp', 'udp')
export const publishedPorts = list(
  object<PublishedPort>({ protocol, hostAddress: nullable(text), hostPort: count, containerPort: count }),
)

export const extraHosts = list(object<ExtraHost>({ name: text, address: text }))
export const links = list(object<Link>({ container: text, alias: text }))

export const endpoints = mapOf(
  object<Endpoint>({ networkId: hex64, interface: text, ipv4: text, ipv6: nullable(text) }),
)

const ruleset = object<Ruleset>({
  revision: optional(count),
  networks: list(
    object<Ruleset['networks'][number]>({
      bridge: text,
      subnet: text,
      subnet6: nullable(text),
      masquerade: flag,
      internal: flag,
    }),
  ),
  ports: list(
    object<Ruleset['ports'][number]>({
      protocol,
      hostAddress: nullable(text),
      hostPort: count,
      containerPort: count,
      ipv4: text,
      ipv6: nullable(text),
    }),
  ),
})

export const lastRulesetShape: Shape<LastRuleset> = object({ version: versionOne, ruleset, listed: text })
