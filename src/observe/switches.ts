import type { Known } from '../model/errors.ts'
import { known } from '../model/errors.ts'
import { isFiltered } from '../model/network.ts'
import type { LinkFault, NoFilter } from '../model/network-facts.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import { bridgeName } from '../model/ruleset.ts'
import { readText } from './files.ts'

const forwarding = { ipv4: 'net/ipv4/ip_forward', ipv6: 'net/ipv6/conf/all/forwarding' } as const
/** What new links have from their beginning. */
const ofNewLinks = { ipv4: 'net/ipv4/conf/default/forwarding', ipv6: 'net/ipv6/conf/default/forwarding' } as const

/** `net.ipv4.ip_forward`, as people write it */
const nameOf = (path: string): string => path.replaceAll('/', '.')

/**
 * The host's switches, where networks need them: forwarding is told of the first, since it is one for all. Not for a host
 * without a packet filter, where they are left as they are.
 */
export function seeSwitches(procRoot: string, networks: readonly ObservedNetwork[]): readonly ObservedNetwork[] {
  const first = networks[0]
  const first6 = networks.find(({ ipv6 }) => ipv6 !== null)
  return networks.map(network => {
    const found = [
      ...(network === first ? switchFaults(procRoot, forwarding.ipv4) : []),
      ...(network === first6 ? switchFaults(procRoot, forwarding.ipv6) : []),
      ...loopbackFaults(procRoot, network),
    ]
    return found.length === 0 ? network : { ...network, faults: withMore(network.faults ?? known([]), found) }
  })
}

const withMore = (faults: Known<readonly LinkFault[]>, more: readonly LinkFault[]): Known<readonly LinkFault[]> =>
  faults.known ? known([...faults.value, ...more]) : faults

/** One that the kernel has not can't be turned on. */
function switchFaults(procRoot: string, path: string): LinkFault[] {
  if (valueAt(procRoot, path) !== '0') return []
  return [{ field: nameOf(path), desired: '1', kernel: '0', text: `${nameOf(path)} is 0` }]
}

/** The way from the host's loopback to published ports is there by rules, and only by rules from a network to that loopback is none. */
function loopbackFaults(procRoot: string, network: ObservedNetwork): LinkFault[] {
  if (network.internal) return []
  const bridge = bridgeName(network.id)
  const desired = isFiltered(network) ? '1' : '0'
  const kernel = valueAt(procRoot, `net/ipv4/conf/${bridge}/route_localnet`)
  if (kernel === null || kernel === desired) return []
  const field = `${bridge} route_localnet`
  return [{ field, desired, kernel, text: `route_localnet of ${bridge} is ${kernel}` }]
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
