import { addressText, type Family, parseAddress } from '../model/address.ts'
import type { ContainerDeclaration, Sharing } from '../model/desired.ts'
import type { NetworkUse } from '../model/network.ts'
import type { Spec } from './generated/manifests.ts'
import { hostnameFault } from './names.ts'
import { resolvePorts } from './ports.ts'
import type { Report } from './report.ts'
import { quote } from './text.ts'

type Written = NonNullable<Spec['networks']>[number]

/** What the networks mean is looked at by the planner: another file or source may declare them. */
export function resolveNetworks(
  { networks: written, ports: writtenPorts, namespaces }: Spec,
  report: Report,
): Pick<ContainerDeclaration, 'networks' | 'ports'> {
  const networks = (written ?? []).map((one, index) => resolveUse(one, index, report))
  for (const [index, { name }] of networks.entries()) {
    if (networks.findIndex(other => other.name === name) < index)
      report(['spec', 'networks', index], `spec.networks names ${quote(name)} twice`)
  }
  const ports = resolvePorts(writtenPorts, report)
  const net = (namespaces?.net as Sharing | 'none' | undefined) ?? 'private'
  const shared = net !== 'private'
  if (shared && networks.length > 0)
    report(['spec', 'networks'], `spec.networks has no meaning with namespaces.net: ${net}; remove one of them`, 'key')
  if (shared && ports.length > 0)
    report(['spec', 'ports'], `spec.ports has no meaning with namespaces.net: ${net}; remove one of them`, 'key')
  else if (ports.length > 0 && written?.length === 0)
    report(['spec', 'ports'], 'spec.ports needs a network to publish from, and spec.networks is empty', 'key')
  return {
    // an empty list is one that says: none
    ...(networks.length === 0 && written === undefined && net !== 'none' ? {} : { networks }),
    ...(ports.length === 0 ? {} : { ports }),
  }
}

function resolveUse(one: Written, index: number, report: Report): NetworkUse {
  const fields = typeof one === 'string' ? { name: one } : one
  const { name, aliases = [], address, address6 } = fields
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(name))
    report(['spec', 'networks', index], `spec.networks.${index}: ${quote(name)} is no network's name`)
  for (const [place, alias] of aliases.entries()) {
    const fault = hostnameFault(alias)
    if (fault !== null)
      report(['spec', 'networks', index, 'aliases', place], `spec.networks.${index}.aliases: ${fault}`)
  }
  const fixed = (text: string | undefined, family: Family, field: string) => {
    if (text === undefined) return null
    const parsed = parseAddress(text)
    if (parsed?.family === family) return addressText(parsed)
    const wanted = family === 'ipv4' ? 'IPv4' : 'IPv6'
    report(
      ['spec', 'networks', index, field],
      `spec.networks.${index}.${field}: ${quote(text)} is no ${wanted} address`,
    )
    return null
  }
  return {
    name,
    aliases: [...new Set(aliases)],
    address: fixed(address, 'ipv4', 'address'),
    address6: fixed(address6, 'ipv6', 'address6'),
  }
}
