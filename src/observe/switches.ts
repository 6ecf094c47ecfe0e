import type { Known } from '../model/errors.ts'
import { known } from '../model/errors.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import { readText } from './files.ts'

const forwarding = { ipv4: 'net/ipv4/ip_forward', ipv6: 'net/ipv6/conf/all/forwarding' } as const

/** `net.ipv4.ip_forward`, as people write it */
const nameOf = (path: string): string => path.replaceAll('/', '.')

/** The host's forwarding, where a network needs it: told of the first that does, since it is one switch for all. */
export function seeForwarding(procRoot: string, networks: readonly ObservedNetwork[]): readonly ObservedNetwork[] {
  const first = networks[0]
  const first6 = networks.find(({ ipv6 }) => ipv6 !== null)
  return networks.map(network => {
    const found = [
      ...(network === first ? switchFaults(procRoot, forwarding.ipv4) : []),
      ...(network === first6 ? switchFaults(procRoot, forwarding.ipv6) : []),
    ]
    return found.length === 0 ? network : { ...network, faults: withMore(network.faults ?? known([]), found) }
  })
}

const withMore = (faults: Known<readonly LinkFault[]>, more: readonly LinkFault[]): Known<readonly LinkFault[]> =>
  faults.known ? known([...faults.value, ...more]) : faults

/** One that the kernel has not can't be turned on. */
function switchFaults(procRoot: string, path: string): LinkFault[] {
  const file = readText(`${procRoot}/sys/${path}`)
  if (!file.ok || file.text.trim() !== '0') return []
  return [{ field: nameOf(path), desired: '1', kernel: '0', text: `${nameOf(path)} is 0` }]
}
