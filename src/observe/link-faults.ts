import { prefixText } from '../model/address.ts'
import type { LinkFault } from '../model/network-facts.ts'
import { prefixOf } from '../model/network-pool.ts'
import type { Bridge, PlanInterface, SeenLink, SeenNetwork } from '../runtime/network.ts'

const fault = (field: string, desired: string, kernel: string, text: string): LinkFault => ({
  field,
  desired,
  kernel,
  text,
})

/** How a bridge of ours is other than recorded. What has its alias is it, whatever it is called. */
export function bridgeFaults({ name, alias, mtu, addresses }: Bridge, host: SeenNetwork): LinkFault[] {
  const link = host.links.find(one => one.name === name)
  if (link === undefined) {
    const renamed = host.links.find(one => one.alias === alias)?.name
    if (renamed !== undefined) return [fault(`bridge ${name}`, name, renamed, `bridge ${name} is called ${renamed}`)]
    return [fault(`bridge ${name}`, 'there', 'missing', `bridge ${name} is missing`)]
  }
  const added = link.addresses.filter(address => !addresses.includes(address))
  return [
    ...(link.alias === alias
      ? []
      : [fault(`${name} alias`, alias, link.alias ?? 'none', `bridge ${name} has another alias`)]),
    ...linkFaults(link, mtu, addresses, host),
    ...added.map(address => fault(`${name} address`, 'none', address, `${name} has ${address}`)),
  ]
}

/** How an interface of a running container is other than recorded, at both of its ends. */
export function interfaceFaults(
  wanted: PlanInterface,
  own: SeenNetwork,
  host: SeenNetwork,
  sysctls: Readonly<Record<string, string>> = {},
): LinkFault[] {
  const { name, hostName, bridge, mac, mtu, addresses, gateways } = wanted
  const link = own.links.find(one => one.name === name)
  const outer = host.links.find(one => one.name === hostName)
  if (link === undefined || outer === undefined) return [fault(name, 'there', 'missing', `${name} is missing`)]
  if (link.peer !== outer.index || outer.peer !== link.index)
    return [fault(`${name} pair`, hostName, 'another', `${name} leads elsewhere`)]
  const isRouted = (gateway: string) => own.routes.some(({ via, device }) => via === gateway && device === name)
  const lost = link.up ? gateways.filter(gateway => !isRouted(gateway)) : []
  return [
    ...ipv6Faults(link, addresses, sysctls),
    ...linkFaults(link, mtu, addresses, own),
    ...(link.mac === mac ? [] : [fault(`${name} mac`, mac, link.mac ?? 'none', `${name} has another mac`)]),
    ...(outer.up ? [] : [fault(`${name} host end`, 'up', 'down', `${hostName} is down`)]),
    ...(outer.master === bridge
      ? []
      : [fault(`${name} bridge`, bridge, outer.master ?? 'none', `${name} is not on ${bridge}`)]),
    ...(outer.hairpin === false ? [fault(`${name} hairpin`, 'on', 'off', `${hostName} has hairpin mode off`)] : []),
    ...(wanted.guarded === true && outer.guarded === false
      ? [fault(`${name} guard`, 'on', 'off', `${hostName} takes frames of any address`)]
      : []),
    ...lost.map(gateway =>
      fault(`${name} default route`, gateway, 'missing', `${name} has no default route via ${gateway}`),
    ),
  ]
}

/** As the core sets them; what the manifest has of them is the manifest's. */
function ipv6Faults(
  { name, ipv6 }: SeenLink,
  addresses: readonly string[],
  sysctls: Readonly<Record<string, string>>,
): LinkFault[] {
  if (ipv6 === null) return []
  const isWanted = addresses.some(address => address.includes(':'))
  const isDeclared = (key: string) => ['all', 'default', name].some(link => `net.ipv6.conf.${link}.${key}` in sysctls)
  const switchFault = (key: string, desired: number, kernel: number) =>
    desired === kernel || isDeclared(key)
      ? []
      : [fault(`${name} ${key}`, `${desired}`, `${kernel}`, `${key} of ${name} is ${kernel}`)]
  return [
    ...switchFault('disable_ipv6', isWanted ? 0 : 1, ipv6.disabled ? 1 : 0),
    ...(isWanted ? switchFault('accept_ra', 0, ipv6.acceptRa) : []),
  ]
}

/** A bridge without ports is up, too: it has no carrier. What is down has no routes. */
function linkFaults(
  { name, up, mtu: seenMtu, addresses: seen }: SeenLink,
  mtu: number,
  wanted: readonly string[],
  { routes }: SeenNetwork,
): LinkFault[] {
  const [lost, held] = [wanted.filter(one => !seen.includes(one)), wanted.filter(one => seen.includes(one))]
  const subnets = up ? held.map(address => prefixText(prefixOf(address))) : []
  const unrouted = subnets.filter(
    subnet => !routes.some(route => route.destination === subnet && route.device === name),
  )
  return [
    ...(up ? [] : [fault(name, 'up', 'down', `${name} is down`)]),
    ...(seenMtu === mtu ? [] : [fault(`${name} mtu`, `${mtu}`, `${seenMtu}`, `${name} has mtu ${seenMtu}`)]),
    ...lost.map(address => fault(`${name} address`, address, 'missing', `${name} lacks ${address}`)),
    ...unrouted.map(subnet => fault(`${name} route`, subnet, 'missing', `${name} has no route to ${subnet}`)),
  ]
}
