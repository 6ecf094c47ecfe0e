import type { ContainerDeclaration, ContainerSpec } from '../../model/desired.ts'
import type { ExtraHost, NetworkRecord } from '../../model/network.ts'
import { type Member, seenBy } from './seen-members.ts'

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
    ...extraHosts.flatMap(host => {
      const known = addressOf(host, gateway)
      return known === null ? [] : [[known, host.name] as const]
    }),
  ]
    .map(([address, names]) => `${address}\t${names}\n`)
    .join('')

const addressOf = ({ address }: ExtraHost, gateway: string | null): string | null =>
  address === hostGateway ? gateway : address

/** In the place of an address: the host, as a container reaches it. */
export const hostGateway = 'host-gateway'

/** /etc/hosts of a container on networks: its own addresses as Docker writes them, then the others. */
export const memberHosts = (own: Member, members: readonly Member[]): string =>
  [
    firstHosts(own.declaration.extraHosts ?? [], own.gateway ?? null),
    ...seenBy(own, members).map(({ hosts }) => hosts),
  ].join('')

/**
 * What the resolver reads for a container. It asks others for other names where that one can reach others: on internal networks
 * alone a question would be a way out.
 */
export function memberNames(own: Member, members: readonly Member[], networks: readonly NetworkRecord[]): string {
  const { dns = [], extraHosts = [] } = own.declaration
  const isOpen = ({ id, internal }: NetworkRecord) =>
    !internal && Object.values(own.endpoints).some(({ networkId }) => networkId === id)
  const added = extraHosts.flatMap(host => {
    const known = addressOf(host, own.gateway ?? null)
    return known === null ? [] : [JSON.stringify({ names: [host.name], addresses: [known] })]
  })
  const seen = [...seenBy(own, members).map(({ answer }) => answer), ...added]
  const head = { version: 1, forward: networks.some(isOpen), servers: dns, members: [] }
  return `${JSON.stringify(head).slice(0, -2)}${seen.join(',')}]}\n`
}

const defaultServers = ['8.8.8.8', '8.8.4.4']

/** /etc/resolv.conf: what is declared, and the rest of the host's. */
export function resolvConfText({ spec, dns = [], dnsSearch = [], dnsOptions = [] }: Declared, host: HostEtc): string {
  const base = usableResolvConf(spec, host)
  if (dns.length + dnsSearch.length + dnsOptions.length === 0) return base
  const servers = dns.length > 0 ? dns : nameServers(base)
  return resolvConf(servers, searched(dnsSearch, base), dnsOptions.length > 0 ? dnsOptions : wordsOf(base, 'options'))
}

/** The same of a container on networks: it asks the resolver, which asks the name servers. */
export function memberResolvConf(
  { dnsSearch = [], dnsOptions = [] }: Declared,
  host: Pick<HostEtc, 'resolvConf'>,
): string {
  const options = dnsOptions.length > 0 ? dnsOptions : wordsOf(host.resolvConf, 'options')
  // a name of a member has no dot: without this it is looked for below the host's domains first
  const all = options.some(option => option.startsWith('ndots:')) ? options : [...options, 'ndots:0']
  return resolvConf(['127.0.0.11'], searched(dnsSearch, host.resolvConf), all)
}

const searched = (declared: readonly string[], base: string): readonly string[] =>
  declared.length > 0 ? declared.filter(domain => domain !== '.') : wordsOf(base, 'search')

function resolvConf(servers: readonly string[], search: readonly string[], options: readonly string[]): string {
  const line = (word: string, words: readonly string[]) => (words.length === 0 ? [] : [`${word} ${words.join(' ')}\n`])
  return [
    ...line('search', search),
    ...servers.map(server => `nameserver ${server}\n`),
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
