import { meanings } from '../../model/dependency-graph.ts'
import type { ContainerDeclaration, ContainerSpec } from '../../model/desired.ts'
import { fullName, type ObjectName } from '../../model/identity.ts'
import type { Endpoints, ExtraHost } from '../../model/network.ts'
import type { ContainerRecord } from '../../model/record.ts'

/** The host's side of a container's hostname, hosts and resolv.conf, as text; '' where the host has no such file. */
export type HostEtc = {
  readonly hostname: string
  readonly hosts: string
  readonly resolvConf: string
  /** /run/systemd/resolve/resolv.conf: what stands behind a local stub resolver */
  readonly upstreamResolvConf: string
}

const isHostNetwork = (spec: ContainerSpec) => spec.namespaces.net === 'host'

/** The declared name; else the host's where its uts or network namespace is the host's; else 12 digits of the id. */
export function effectiveHostname(spec: ContainerSpec, id: string, host: Pick<HostEtc, 'hostname'>): string {
  if (spec.hostname !== null) return spec.hostname
  return spec.namespaces.uts === 'host' || isHostNetwork(spec) ? host.hostname : id.slice(0, 12)
}

const localHosts = [
  ['127.0.0.1', 'localhost'],
  ['::1', 'localhost ip6-localhost ip6-loopback'],
  ['fe00::0', 'ip6-localnet'],
  ['ff00::0', 'ip6-mcastprefix'],
  ['ff02::1', 'ip6-allnodes'],
  ['ff02::2', 'ip6-allrouters'],
] as const

type Declared = Pick<ContainerDeclaration, 'spec' | 'dns' | 'dnsSearch' | 'dnsOptions' | 'extraHosts'>

/** /etc/hosts (docker-data-root §7): a container without a network of its own has no line for its own name. */
export const hostsText = ({ spec, extraHosts = [] }: Declared, host: HostEtc): string =>
  isHostNetwork(spec) && extraHosts.length === 0
    ? host.hosts
    : firstHosts(extraHosts, isHostNetwork(spec) ? '127.0.0.1' : null)

/** The loopback's names, then those that the manifest adds; a gateway that is not there leaves its names out. */
const firstHosts = (extraHosts: readonly ExtraHost[], gateway: string | null): string =>
  [
    ...localHosts,
    ...extraHosts.flatMap(({ name, address }) => {
      const known = address === hostGateway ? gateway : address
      return known === null ? [] : [[known, name] as const]
    }),
  ]
    .map(([address, names]) => `${address}\t${names}\n`)
    .join('')

/** In the place of an address: the host, as a container reaches it. */
export const hostGateway = 'host-gateway'

/** A container as the others on its networks know it. `gateway`: the host's address on its first network; missing: nobody asks for it */
export type Member = Pick<ContainerRecord, 'id' | 'declaration'> & {
  readonly endpoints: Endpoints
  readonly gateway?: string
}

/** /etc/hosts of a container on networks: its own addresses as Docker writes them, then the others, network by network. */
export function memberHosts(own: Member, members: readonly Member[]): string {
  const { spec } = own.declaration
  const hostname = spec.hostname ?? own.id.slice(0, 12)
  const ownNames = spec.domainname === '' ? hostname : `${hostname}.${spec.domainname} ${hostname}`
  const lines = Object.entries(own.endpoints).flatMap(([network, { networkId }]) =>
    members.flatMap(member => {
      const endpoint = member.endpoints[network]
      if (endpoint === undefined || endpoint.networkId !== networkId) return []
      const known = namesOn(network, member, own, members)
      const names = [...new Set(member.id === own.id ? [...ownNames.split(' '), ...known] : known)].join(' ')
      return [endpoint.ipv4, endpoint.ipv6].flatMap(address => (address === null ? [] : `${address}\t${names}\n`))
    }),
  )
  return [firstHosts(own.declaration.extraHosts ?? [], own.gateway ?? null), ...lines].join('')
}

/** Its name where its own project, or nobody of the reader's, has that name; `name.project`; hostname, aliases and the reader's links. */
function namesOn(network: string, { declaration }: Member, reader: Member, members: readonly Member[]): string[] {
  const { name, project } = declaration.name
  const own = reader.declaration.name.project
  const isHidden = project !== own && members.some(other => isNamed(other, network, name, own))
  const aliases = declaration.networks?.find(use => use.name === network)?.aliases ?? []
  const all = [
    ...(isHidden ? [] : [name]),
    ...(project === null ? [] : [`${name}.${project}`]),
    ...(declaration.spec.hostname === null ? [] : [declaration.spec.hostname]),
    ...aliases,
    ...linkedAs(declaration.name, reader.declaration),
  ]
  return [...new Set(all)]
}

const linkedAs = (name: ObjectName, { name: own, links = [] }: Member['declaration']): string[] =>
  links.flatMap(({ container, alias }) => (meanings(own, container).includes(fullName(name)) ? [alias] : []))

const isNamed = ({ declaration, endpoints }: Member, network: string, name: string, project: string | null): boolean =>
  endpoints[network] !== undefined && declaration.name.name === name && declaration.name.project === project

const defaultServers = ['8.8.8.8', '8.8.4.4']

/** /etc/resolv.conf: what is declared, and the rest of the host's. */
export function resolvConfText({ spec, dns = [], dnsSearch = [], dnsOptions = [] }: Declared, host: HostEtc): string {
  const base = usableResolvConf(spec, host)
  if (dns.length + dnsSearch.length + dnsOptions.length === 0) return base
  const search = dnsSearch.length > 0 ? dnsSearch.filter(domain => domain !== '.') : wordsOf(base, 'search')
  const options = dnsOptions.length > 0 ? dnsOptions : wordsOf(base, 'options')
  const line = (word: string, words: readonly string[]) => (words.length === 0 ? [] : [`${word} ${words.join(' ')}\n`])
  return [
    ...line('search', search),
    ...(dns.length > 0 ? dns : nameServers(base)).map(server => `nameserver ${server}\n`),
    ...line('options', options),
  ].join('')
}

/** Of several lines the last one counts. */
const wordsOf = (text: string, word: 'search' | 'options'): readonly string[] =>
  text
    .split('\n')
    .flatMap(line => {
      const [first, ...words] = line.trim().split(/\s+/)
      return first === word ? [words] : []
    })
    .at(-1) ?? []

/** The host's, in a private network without name servers that only the host can reach. */
function usableResolvConf(spec: ContainerSpec, host: HostEtc): string {
  if (isHostNetwork(spec)) return host.resolvConf
  const own = nameServers(host.resolvConf)
  const text =
    own.length === 1 && own[0] === '127.0.0.53' && host.upstreamResolvConf !== ''
      ? host.upstreamResolvConf
      : host.resolvConf
  const lines = text.split('\n').filter(line => !isLoopback(nameServer(line)))
  while (lines.at(-1) === '') lines.pop()
  if (nameServers(lines.join('\n')).length === 0) lines.push(...defaultServers.map(server => `nameserver ${server}`))
  return `${lines.join('\n')}\n`
}

const nameServer = (line: string) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? null
const nameServers = (text: string) => text.split('\n').flatMap(line => nameServer(line) ?? [])
const isLoopback = (server: string | null) => server !== null && (server.startsWith('127.') || /^::1(%|$)/.test(server))
