import type { NetworkRecord } from '../../model/network.ts'
import { bridgeName } from '../../model/ruleset.ts'

/** A network that a dockerd must have for some of these containers; `commands` make it there, after ours is out of its way. */
export type NeededNetwork = {
  readonly name: string
  readonly containers: readonly string[]
  readonly commands: readonly string[]
}

type Container = { readonly name: string; readonly networks: readonly string[] }
type Recorded = Omit<NetworkRecord, 'version'>

/** By name; of one that is not recorded nothing but its name is known. */
export function neededNetworks(containers: readonly Container[], recorded: readonly Recorded[]): NeededNetwork[] {
  const names = [...new Set(containers.flatMap(({ networks }) => networks))].toSorted()
  return names.map(name => {
    const users = containers.filter(({ networks }) => networks.includes(name)).map(one => one.name)
    const record = recorded.find(one => one.name === name)
    return {
      name,
      containers: users.toSorted(),
      commands: record === undefined ? [create([name])] : commandsFor(record),
    }
  })
}

/** Two bridges with one subnet would take each other's packets. */
const commandsFor = (network: Recorded): string[] => [
  `ip link delete ${bridgeName(network.id)}`,
  create([...ranges(network), ...options(network), ...labels(network), network.name]),
]

const create = (words: readonly string[]): string => ['docker', 'network', 'create', ...words.map(quoted)].join(' ')

const ranges = ({ ipv4, ipv6 }: Recorded): string[] => [
  '--subnet',
  ipv4.subnet,
  '--gateway',
  ipv4.gateway,
  ...(ipv6 === null ? [] : ['--ipv6', '--subnet', ipv6.subnet, '--gateway', ipv6.gateway]),
]

const usualMtu = 1500

const options = ({ internal, masquerade, mtu }: Recorded): string[] => [
  ...(internal ? ['--internal'] : []),
  ...(masquerade || internal ? [] : ['--opt', 'com.docker.network.bridge.enable_ip_masquerade=false']),
  ...(mtu === usualMtu ? [] : ['--opt', `com.docker.network.driver.mtu=${mtu}`]),
]

const labels = ({ labels: all }: Recorded): string[] =>
  Object.entries(all).flatMap(([name, value]) => ['--label', `${name}=${value}`])

/** For a shell. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
