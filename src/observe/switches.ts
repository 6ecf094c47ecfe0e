import type { Known } from '../model/errors.ts'
import { known } from '../model/errors.ts'
import type { LinkFault, NoFilter } from '../model/network-facts.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import { bridgeName } from '../model/ruleset.ts'
import { routesLoopback } from '../runtime/link-plans.ts'
import { readText } from './files.ts'

const forwarding = { ipv4: 'net/ipv4/ip_forward', ipv6: 'net/ipv6/conf/all/forwarding' } as const
/** What new links have from their beginning. */
const ofNewLinks = { ipv4: 'net/ipv4/conf/default/forwarding', ipv6: 'net/ipv6/conf/default/forwarding' } as const

/** `net.ipv4.ip_forward`, as people write it */
const nameOf = (path: string): string => path.replaceAll('/', '.')

/**
 * Switches of the host, where networks need them: forwarding is told of the first, since it is one for all; and those of each
 * network's bridge. Not for a host without a packet filter, where they are left as they are.
 */
export function seeSwitches(procRoot: string, networks: readonly ObservedNetwork[]): readonly ObservedNetwork[] {
  const first = networks[0]
  const first6 = networks.find(({ ipv6 }) => ipv6 !== null)
  const off = { ipv4: switchFaults(procRoot, forwarding.ipv4), ipv6: switchFaults(procRoot, forwarding.ipv6) }
  return networks.map(network => {
    const found = [
      ...(network === first ? off.ipv4 : []),
      ...(network === first6 ? off.ipv6 : []),
      ...bridgeSwitches(network, off).flatMap(one => bridgeFault(procRoot, bridgeName(network.id), one)),
    ]
    return found.length === 0 ? network : { ...network, faults: withMore(network.faults ?? known([]), found) }
  })
}

type Switch = { readonly version: 'ipv4' | 'ipv6'; readonly key: string; readonly desired: '0' | '1' }
type Off = Readonly<Record<'ipv4' | 'ipv6', readonly LinkFault[]>>

/**
 * As the core sets them. Where forwarding is off as a whole, that of a bridge says nothing more. The way from the host's
 * loopback to published ports is there by rules, and only by rules from a network to that loopback is none.
 */
function bridgeSwitches(network: ObservedNetwork, off: Off): Switch[] {
  const has6 = network.ipv6 !== null
  const forwards = (version: 'ipv4' | 'ipv6', isWanted: boolean): Switch[] =>
    isWanted && off[version].length === 0 ? [{ version, key: 'forwarding', desired: '1' }] : []
  return [
    ...forwards('ipv4', true),
    { version: 'ipv4', key: 'route_localnet', desired: routesLoopback(network) ? '1' : '0' },
    ...forwards('ipv6', has6),
    { version: 'ipv6', key: 'disable_ipv6', desired: has6 ? '0' : '1' },
    ...(has6 ? [{ version: 'ipv6', key: 'accept_ra', desired: '0' } as const] : []),
  ]
}

/** A bridge that is missing is told as that. */
function bridgeFault(procRoot: string, bridge: string, { version, key, desired }: Switch): LinkFault[] {
  const path = `net/${version}/conf/${bridge}/${key}`
  const kernel = valueAt(procRoot, path)
  if (kernel === null || kernel === desired) return []
  const field = `${bridge} ${version === 'ipv6' && key === 'forwarding' ? 'forwarding6' : key}`
  return [{ field, desired, kernel, text: `${nameOf(path)} is ${kernel}` }]
}

const withMore = (faults: Known<readonly LinkFault[]>, more: readonly LinkFault[]): Known<readonly LinkFault[]> =>
  faults.known ? known([...faults.value, ...more]) : faults

/** One that the kernel has not can't be turned on. */
function switchFaults(procRoot: string, path: string): LinkFault[] {
  if (valueAt(procRoot, path) !== '0') return []
  return [{ field: nameOf(path), desired: '1', kernel: '0', text: `${nameOf(path)} is 0` }]
}

/** By which switch packets of a network would go on to others. */
export const forwardingOn = (procRoot: string): NoFilter['forwards'] => ({
  ipv4: onFirst(procRoot, [forwarding.ipv4, ofNewLinks.ipv4]),
  ipv6: onFirst(procRoot, [forwarding.ipv6, ofNewLinks.ipv6]),
})

function onFirst(procRoot: string, paths: readonly string[]): string | null {
  const on = paths.find(path => !['0', null].includes(valueAt(procRoot, path)))
  return on === undefined ? null : nameOf(on)
}

function valueAt(procRoot: string, path: string): string | null {
  const file = readText(`${procRoot}/sys/${path}`)
  return file.ok ? file.text.trim() : null
}
