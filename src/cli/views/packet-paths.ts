import { type Known, known, unknown } from '../../model/errors.ts'
import { fullName } from '../../model/identity.ts'
import type { PublishedPort } from '../../model/network.ts'
import type { ObservedContainer, ObservedState } from '../../model/observed.ts'
import type { PathFacts, Sender } from '../../model/packet-path.ts'
import { type AskedPort, type PathSight, readPath } from '../../observe/packet-path.ts'
import { readSender } from '../../observe/sender.ts'
import { hopsTo } from '../../plan/packet-path.ts'
import type { ContainerProcess } from '../../runtime/core.ts'
import type { SeenNetwork } from '../../runtime/network.ts'
import { listAllRules } from '../../runtime/nft.ts'
import type { Path } from '../../status/objects/packet-path.ts'
import { readLinksOnce } from '../world/own-core.ts'
import type { View } from '../world/wire.ts'

/** protocol null: either */
export type WantedPort = { readonly port: number; readonly protocol: 'tcp' | 'udp' | null }

/** `80`, `80/udp`; null: it is no port. */
export function parsePort(text: string): WantedPort | null {
  const [, number = '', protocol] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? []
  const port = Number(number)
  if (port < 1 || port > 65535) return null
  return { port, protocol: protocol === 'udp' || protocol === 'tcp' ? protocol : null }
}

/** The published ports that a number means, by what the host has, else by what the container has; else that port of the container. */
export function askedPorts(container: ObservedContainer, wanted: WantedPort): AskedPort[] {
  const { ports = [] } = container.declaration
  const fitting = ports.filter(({ protocol }) => wanted.protocol === null || protocol === wanted.protocol)
  const byHost = fitting.filter(({ hostPort }) => hostPort === wanted.port)
  const found = byHost.length > 0 ? byHost : fitting.filter(({ containerPort }) => containerPort === wanted.port)
  return found.length > 0 ? found.map(port => askedPort(container, port)) : [ownPort(container, wanted)]
}

/** As members of its networks ask for it. */
export function ownPort({ declaration: { name, ports = [] } }: ObservedContainer, wanted: WantedPort): AskedPort {
  const fitting = ports.find(({ containerPort }) => containerPort === wanted.port)
  const protocol = wanted.protocol ?? fitting?.protocol ?? 'tcp'
  return { name: fullName(name), published: null, protocol, containerPort: wanted.port }
}

export const askedPort = ({ declaration }: ObservedContainer, published: PublishedPort): AskedPort => ({
  name: fullName(declaration.name),
  published,
  protocol: published.protocol,
  containerPort: published.containerPort,
})

/** Who asks, as it was found. */
export type Asker =
  | Exclude<Sender, { readonly kind: 'container' }>
  | { readonly kind: 'container'; readonly container: ObservedContainer }

/** The ways to these ports of a container. */
export async function pathsTo(
  { rootId, paths }: Pick<View, 'paths'> & { readonly rootId: string },
  observed: ObservedState,
  container: ObservedContainer,
  asked: readonly AskedPort[],
  asker: Asker = { kind: 'anyone' },
): Promise<Path[]> {
  const [seen, filter] = await Promise.all([readSeen(asker), listAllRules()])
  const sight = { procRoot: '/proc', rootId, paths, observed, ...filter, ...seen }
  return asked.map(one => {
    if (asker.kind !== 'container') return pathOf(one, readPath(sight, container, one, { from: asker }))
    const insteadPort = insteadOf(container, one)
    const from = readSender(sight, asker.container, container, { published: one.published, insteadPort })
    const network = from.way === 'network' ? (from.leaves?.network ?? null) : null
    return pathOf(one, readPath(sight, container, one, { from, network }))
  })
}

const pathOf = (asked: AskedPort, facts: PathFacts): Path => ({ ...asked, from: facts.from, hops: hopsTo(facts) })

/** Members of a network ask for the container's own port. */
function insteadOf(
  { declaration: { ports = [] } }: ObservedContainer,
  { published, containerPort, protocol }: AskedPort,
) {
  if (published !== null) return null
  return ports.find(one => one.hostPort === containerPort && one.protocol === protocol)?.containerPort ?? null
}

/** The host's links, and those of who asks. */
async function readSeen(asker: Asker): Promise<Pick<PathSight, 'host' | 'inner'>> {
  if (process.geteuid?.() !== 0) return { host: rootAlone, inner: rootAlone }
  const runs = asker.kind === 'container' ? runOf(asker.container) : []
  const read = await readLinksOnce(runs)
  if (!read.ok) return { host: unknown(read.error.message), inner: unknown(read.error.message) }
  const { host, containers } = read.value
  const inner = containers[runs[0]?.containerId ?? '']
  return {
    host: host === null ? unknown('they were not listed') : known(host),
    inner: inner === undefined || 'error' in inner ? unknown('it does not run') : known(inner),
  }
}

const runOf = ({ id, phase }: ObservedContainer): ContainerProcess[] =>
  phase.known && phase.value.phase === 'running' ? [{ containerId: id, process: phase.value.process }] : []

const rootAlone = unknown('only root may ask the kernel for them here')

export const hostLinks = async (): Promise<Known<SeenNetwork>> => (await readSeen({ kind: 'anyone' })).host
