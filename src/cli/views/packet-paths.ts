import { type Known, known, unknown } from '../../model/errors.ts'
import type { PublishedPort } from '../../model/network.ts'
import type { ObservedContainer, ObservedState } from '../../model/observed.ts'
import { fullName } from '../../model/identity.ts'
import { type AskedPort, type PathSight, readPath } from '../../observe/packet-path.ts'
import { hopsTo } from '../../plan/packet-path.ts'
import type { SeenNetwork } from '../../runtime/network.ts'
import { listAllRules } from '../../runtime/nft.ts'
import type { Path } from '../../status/objects/packet-path.ts'
import { readLinksOnce } from '../world/own-core.ts'

/** `80`, `80/udp`; null: it is no port. */
export function parsePort(text: string): { readonly port: number; readonly protocol: 'tcp' | 'udp' | null } | null {
  const [, number = '', protocol] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? []
  const port = Number(number)
  if (port < 1 || port > 65535) return null
  return { port, protocol: protocol === 'udp' || protocol === 'tcp' ? protocol : null }
}

/** The published ports that a number means, by what the host has, else by what the container has; else that port of the container. */
export function askedPorts(
  container: ObservedContainer,
  wanted: NonNullable<ReturnType<typeof parsePort>>,
): AskedPort[] {
  const { ports = [], name } = container.declaration
  const fitting = ports.filter(({ protocol }) => wanted.protocol === null || protocol === wanted.protocol)
  const byHost = fitting.filter(({ hostPort }) => hostPort === wanted.port)
  const found = byHost.length > 0 ? byHost : fitting.filter(({ containerPort }) => containerPort === wanted.port)
  const protocol = wanted.protocol ?? 'tcp'
  return found.length > 0
    ? found.map(port => askedPort(container, port))
    : [{ name: fullName(name), published: null, protocol, containerPort: wanted.port }]
}

export const askedPort = ({ declaration }: ObservedContainer, published: PublishedPort): AskedPort => ({
  name: fullName(declaration.name),
  published,
  protocol: published.protocol,
  containerPort: published.containerPort,
})

/** The ways to these ports of a container. */
export async function pathsTo(
  rootId: string,
  observed: ObservedState,
  container: ObservedContainer,
  asked: readonly AskedPort[],
): Promise<Path[]> {
  const [host, rules] = await Promise.all([hostLinks(), listAllRules()])
  const sight: PathSight = { procRoot: '/proc', rootId, observed, host, rules }
  return asked.map(one => ({ ...one, hops: hopsTo(readPath(sight, container, one)) }))
}

export async function hostLinks(): Promise<Known<SeenNetwork>> {
  if (process.geteuid?.() !== 0) return unknown('only root may ask the kernel for them here')
  const read = await readLinksOnce([])
  if (!read.ok) return unknown(read.error.message)
  return read.value.host === null ? unknown('they were not listed') : known(read.value.host)
}
