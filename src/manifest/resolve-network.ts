import {
  addressText,
  type Family,
  isHostAddress,
  parseAddress,
  parsePrefix,
  type Prefix,
  prefixText,
  widthOf,
} from '../model/address.ts'
import type { Origin } from '../model/desired.ts'
import type { Position } from '../model/identity.ts'
import { reservedPrefixOf, reservedNetworkNames } from '../model/network-pool.ts'
import type { AddressRange, DesiredNetwork } from '../model/network.ts'
import type { NetworkManifest } from './generated/manifests.ts'
import type { Report } from './report.ts'
import { quote } from './text.ts'

type Spec = NonNullable<NetworkManifest['spec']>

const defaultMtu = 1500

/** A network's manifest with its defaults. */
export function resolveNetwork(
  { metadata, spec = {} }: NetworkManifest,
  origin: Origin,
  positions: Readonly<Record<string, Position>>,
  report: Report,
): DesiredNetwork {
  const { name } = metadata
  if (reservedNetworkNames.has(name))
    report(['metadata', 'name'], `${quote(name)} means something of its own to Docker's tools; choose another name`)
  if (spec.firewall === 'none') refuseRules(spec, report)
  return {
    name,
    labels: { ...spec.labels },
    ipv4: rangeOf(spec, 'ipv4', report),
    ipv6: rangeOf(spec, 'ipv6', report),
    masquerade: spec.masquerade ?? true,
    internal: spec.internal ?? false,
    mtu: spec.mtu ?? defaultMtu,
    ...(spec.firewall === 'none' ? { filtered: false } : {}),
    origin,
    positions,
  }
}

/** What only rules can do is not promised without them. */
function refuseRules({ internal, masquerade }: Spec, report: Report): void {
  for (const [field, value] of Object.entries({ internal, masquerade })) {
    if (value === true)
      report(
        ['spec', field],
        `spec.${field} needs the packet filter, and spec.firewall is none; remove one of them`,
        'key',
      )
  }
}

const fieldsOf = { ipv4: ['subnet', 'gateway'], ipv6: ['subnet6', 'gateway6'] } as const

function rangeOf(spec: Spec, family: Family, report: Report): AddressRange | null {
  const [subnetField, gatewayField] = fieldsOf[family]
  const { [subnetField]: written, [gatewayField]: gateway } = spec
  if (written === undefined) {
    if (gateway !== undefined)
      report(
        ['spec', gatewayField],
        `spec.${gatewayField} is an address of spec.${subnetField}, which is missing`,
        'key',
      )
    return null
  }
  const subnet = parsePrefix(written)
  const fault = subnetFault(written, subnet, family)
  if (fault !== null) report(['spec', subnetField], `spec.${subnetField}: ${fault}`)
  if (subnet === null || fault !== null) return null
  return { subnet: prefixText(subnet), gateway: gatewayOf(gateway, subnet, gatewayField, report) }
}

const examples: Readonly<Record<Family, string>> = { ipv4: '10.199.0.0/24', ipv6: 'fd00:1::/64' }
const names: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' }

function subnetFault(written: string, subnet: Prefix | null, family: Family): string | null {
  if (subnet === null) return `${quote(written)} is no subnet; write it as ${examples[family]}`
  if (subnet.family !== family) return `${quote(written)} is not ${names[family]}; write it as ${examples[family]}`
  const inside = parseAddress(written.split('/')[0] ?? '')
  if (inside?.value !== subnet.value)
    return `${quote(written)} is an address in ${prefixText(subnet)}; did you mean "${prefixText(subnet)}"?`
  const longest = widthOf(family) - 2
  if (subnet.length > longest) return `${written} is too small for a gateway and a container; use /${longest} or larger`
  const reserved = reservedPrefixOf(subnet)
  return reserved === null ? null : `${written} overlaps ${reserved}`
}

function gatewayOf(written: string | undefined, subnet: Prefix, field: string, report: Report): string {
  const first = addressText({ family: subnet.family, value: subnet.value + 1n })
  if (written === undefined) return first
  const address = parseAddress(written)
  if (address !== null && isHostAddress(subnet, address)) return addressText(address)
  report(
    ['spec', field],
    `spec.${field}: ${quote(written)} is no address for a host in ${prefixText(subnet)}; did you mean "${first}"?`,
  )
  return first
}
