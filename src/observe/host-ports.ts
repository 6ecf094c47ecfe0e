import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { addressText } from '../model/address.ts'
import type { DesiredState } from '../model/desired.ts'
import type { PublishedPort } from '../model/network.ts'
import { samePort } from '../model/network.ts'
import type { Listener, ObservedSubnet } from '../model/network-facts.ts'
import type { HeldPorts } from '../model/proxied-ports.ts'

/** Programs of the host that have a port which somebody wants to publish. `held`: where our own proxy listens, which is none. */
export function readListeners(
  procRoot: string,
  { containers }: DesiredState,
  held: readonly HeldPorts[] = [],
): Listener[] {
  const asked = containers.flatMap(({ ports = [] }) => ports)
  if (asked.length === 0) return []
  const sockets = socketTables.flatMap(([file, protocol]) => {
    const any = file.endsWith('6') ? '::' : '0.0.0.0'
    return socketsOf(join(procRoot, 'net', file), protocol).filter(socket => !isHeld(socket, any, held))
  })
  const hits = sockets.filter(socket => asked.some(port => samePort(socket, port)))
  if (hits.length === 0) return []
  const holders = holdersOf(procRoot, new Set(hits.map(({ inode }) => inode)))
  return hits.map(({ inode, ...socket }) => ({ ...socket, holder: holders.get(inode) ?? 'a program of the host' }))
}

const isHeld = ({ protocol, hostAddress, hostPort }: Socket, any: string, held: readonly HeldPorts[]): boolean =>
  held.some(
    own =>
      own.protocol === protocol &&
      own.address === (hostAddress ?? any) &&
      own.first <= hostPort &&
      hostPort <= own.last,
  )

/** Where the kernel lists the sockets of the network namespace that a process is in. */
export const socketTables = [
  ['tcp', 'tcp'],
  ['tcp6', 'tcp'],
  ['udp', 'udp'],
  ['udp6', 'udp'],
] as const

export type Socket = Omit<PublishedPort, 'containerPort'> & { readonly inode: string }

/** Listening in TCP's words, unconnected in UDP's. */
export function socketsOf(file: string, protocol: 'tcp' | 'udp'): Socket[] {
  const state = protocol === 'tcp' ? '0A' : '07'
  return linesOf(file).flatMap(line => {
    const words = line.trim().split(/\s+/)
    const [address = '', port = ''] = (words[1] ?? '').split(':')
    if (words[3] !== state) return []
    return { protocol, hostAddress: socketAddress(address), hostPort: Number.parseInt(port, 16), inode: words[9] ?? '' }
  })
}

/** Words of 32 bits in this machine's order. null: all addresses. */
function socketAddress(hex: string): string | null {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.map(word => (word.match(/../g) ?? []).toReversed().join('')).join('')
  if (/^0*$/.test(bytes)) return null
  const mapped = /^0{20}ffff(.{8})$/i.exec(bytes)?.[1]
  const text = mapped ?? bytes
  return addressText({ family: text.length === 8 ? 'ipv4' : 'ipv6', value: BigInt(`0x${text}`) })
}

/** `nginx (pid 12)`, by the inodes of sockets. */
export function holdersOf(procRoot: string, inodes: ReadonlySet<string>): Map<string, string> {
  const holders = new Map<string, string>()
  for (const pid of readdirSync(procRoot).filter(name => /^\d+$/.test(name))) {
    for (const fd of entriesOf(join(procRoot, pid, 'fd'))) {
      const inode = /^socket:\[(\d+)\]$/.exec(targetOf(join(procRoot, pid, 'fd', fd)))?.[1]
      if (inode === undefined || !inodes.has(inode) || holders.has(inode)) continue
      holders.set(inode, `${textOf(join(procRoot, pid, 'comm')).trim()} (pid ${pid})`)
    }
  }
  return holders
}

/** Where the host's IPv4 packets go by the main table, but for its default route and our own bridges. */
export function readSubnets(procRoot: string, ownBridges: ReadonlySet<string>): ObservedSubnet[] {
  return linesOf(join(procRoot, 'net', 'route')).flatMap(line => {
    const [device = '', destination = '', gateway = '', , , , , mask = ''] = line.trim().split(/\s+/)
    const length = wordOf(mask).toString(2).replaceAll('0', '').length
    if (ownBridges.has(device) || length === 0) return []
    const subnet = `${addressText({ family: 'ipv4', value: wordOf(destination) })}/${length}`
    return { subnet, by: `the host's route ${subnet} on ${device}`, isBehindRouter: wordOf(gateway) !== 0n }
  })
}

const wordOf = (hex: string): bigint => BigInt(`0x${(hex.match(/../g) ?? []).toReversed().join('') || '0'}`)

/** Without the heading; a process may be gone, and a kernel without IPv6 has no tcp6. */
const linesOf = (file: string): string[] =>
  textOf(file)
    .split('\n')
    .slice(1)
    .filter(line => line.trim() !== '')

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
