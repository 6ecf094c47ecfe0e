import { BlockList, isIP } from 'node:net'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'

/** How far a host may be trusted less than usual. */
export type HostRules = {
  /** named by the user: TLS is not verified, and plain HTTP may be spoken */
  readonly isInsecure: (host: string) => boolean
  /** plain HTTP may be spoken: an insecure host, or this machine itself */
  readonly mayBePlain: (host: string) => boolean
}

/**
 * `insecure` holds `host`, `host:port`, addresses and networks in CIDR form (these match addresses as written in the
 * reference, no names: what a name resolves to is not ours to trust).
 */
export function hostRules(insecure: readonly string[]): Result<HostRules> {
  const networks = new BlockList()
  for (const entry of insecure.filter(text => text.includes('/'))) {
    const [address = '', prefix = ''] = entry.split('/')
    const family = isIP(address)
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) {
      return fail({
        code: 'E_REFERENCE',
        message: `insecure registry ${entry}: neither a host nor a network in CIDR form`,
      })
    }
    networks.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6')
  }
  const names = new Set(insecure.filter(text => !text.includes('/')).map(text => text.toLowerCase()))
  const isInsecure = (host: string) => {
    const name = hostName(host)
    return names.has(host.toLowerCase()) || names.has(name) || contains(networks, name)
  }
  return ok({ isInsecure, mayBePlain: host => isLoopback(host) || isInsecure(host) })
}

/** `localhost`, 127.0.0.0/8 and ::1, as written. */
export function isLoopback(host: string): boolean {
  const name = hostName(host)
  return name === 'localhost' || name.endsWith('.localhost') || contains(loopback, name)
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function contains(networks: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && networks.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** `[::1]:5000` → `::1`, `host:5000` → `host` */
const hostName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
