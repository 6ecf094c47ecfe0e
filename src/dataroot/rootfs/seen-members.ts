import { meanings } from '../../model/dependency-graph.ts'
import { fullName, type ObjectName } from '../../model/identity.ts'
import type { Endpoints } from '../../model/network.ts'
import type { ContainerRecord } from '../../model/record.ts'

/** A container as the others on its networks know it. `gateway`: the host's address on its first network; missing: nobody asks for it */
export type Member = Pick<ContainerRecord, 'id' | 'declaration'> & {
  readonly endpoints: Endpoints
  readonly gateway?: string
}

/** What a container sees of one on one of its networks, maybe of itself: lines of its hosts file, and what the resolver says. */
type Seen = { readonly hosts: string; readonly answer: string }

/** Readers of one project without links see the others alike, so that is worded once for all of them. */
type Views = {
  readonly on: ReadonlyMap<string, readonly Member[]>
  /** network, project and name of each member */
  readonly named: ReadonlySet<string>
  readonly shared: Map<string, ReadonlyMap<Member, Seen>>
}

const viewsOf = new WeakMap<readonly Member[], Views>()

/** Itself and the others, network by network. */
export function seenBy(own: Member, members: readonly Member[]): Seen[] {
  const views = viewsOf.get(members) ?? makeViews(members)
  viewsOf.set(members, views)
  return Object.keys(own.endpoints).flatMap(network => {
    const others =
      (own.declaration.links ?? []).length > 0 ? worded(network, own, views) : sharedView(network, own, views)
    return [...others].map(([member, seen]) =>
      member.id === own.id ? wordedAs(network, member, ownNames(own), knownAs(network, own, own, views)) : seen,
    )
  })
}

function makeViews(members: readonly Member[]): Views {
  const on = new Map<string, Member[]>()
  const named = new Set<string>()
  for (const member of members)
    for (const network of Object.keys(member.endpoints)) {
      const there = on.get(network)
      if (there === undefined) on.set(network, [member])
      else there.push(member)
      named.add(nameKey(network, member.declaration.name))
    }
  return { on, named, shared: new Map() }
}

const nameKey = (network: string, { name, project }: ObjectName): string => JSON.stringify([network, project, name])

function sharedView(network: string, own: Member, views: Views): ReadonlyMap<Member, Seen> {
  const key = JSON.stringify([network, own.endpoints[network]?.networkId, own.declaration.name.project])
  const known = views.shared.get(key) ?? worded(network, own, views)
  views.shared.set(key, known)
  return known
}

function worded(network: string, reader: Member, views: Views): ReadonlyMap<Member, Seen> {
  const networkId = reader.endpoints[network]?.networkId
  const there = (views.on.get(network) ?? []).filter(member => member.endpoints[network]?.networkId === networkId)
  return new Map(
    there.map(member => [member, wordedAs(network, member, [], knownAs(network, member, reader, views))] as const),
  )
}

function wordedAs(network: string, member: Member, own: readonly string[], known: readonly string[]): Seen {
  const { ipv4 = null, ipv6 = null } = member.endpoints[network] ?? {}
  const addresses = [ipv4, ipv6].flatMap(address => address ?? [])
  const names = [...new Set([...own, ...known])].join(' ')
  return {
    hosts: addresses.map(address => `${address}\t${names}\n`).join(''),
    answer: JSON.stringify({ names: [...new Set([...known, ...own])], addresses }),
  }
}

/** What it calls itself. */
function ownNames({ id, declaration: { spec } }: Member): string[] {
  const hostname = spec.hostname ?? id.slice(0, 12)
  return spec.domainname === '' ? [hostname] : [`${hostname}.${spec.domainname}`, hostname]
}

/** Its name where its own project, or nobody of the reader's, has that name; `name.project`; hostname, aliases and the reader's links. */
function knownAs(network: string, { declaration }: Member, reader: Member, { named }: Views): string[] {
  const { name, project } = declaration.name
  const own = reader.declaration.name.project
  const isHidden = project !== own && named.has(nameKey(network, { name, project: own }))
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
