import { fullName } from '../../model/identity.ts'
import type { ObservedContainer, ObservedState } from '../../model/observed.ts'
import type { AskedPort } from '../../observe/packet-path.ts'
import { sharedNetworks } from '../../observe/sender.ts'
import { firstBroken } from '../../plan/packet-path.ts'
import { pathJson, pathText } from '../../status/objects/packet-path.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { showOf } from '../output/show.ts'
import { findAsker } from '../views/askers.ts'
import { notHere } from '../views/not-here.ts'
import {
  askedPorts,
  type Asker,
  hostLinks,
  ownPort,
  parsePort,
  pathsTo,
  type WantedPort,
} from '../views/packet-paths.ts'
import type { View } from '../world/wire.ts'

type Asked = { readonly container: ObservedContainer; readonly port: string; readonly from: string | null }
type Seen = { readonly observed: ObservedState; readonly entries: readonly PsEntry[] }

/** The way of a packet to a port of a container; exits with 1 where it doesn't get there. */
export async function whyReached(context: Context, view: View, seen: Seen, asked: Asked): Promise<number> {
  const { container, port: text, from } = asked
  const { observed, entries } = seen
  const { paths, rootId } = view
  const port = parsePort(text)
  const { net } = container.declaration.spec.namespaces
  const name = fullName(container.declaration.name)
  if (port === null || rootId === null)
    return giveUp(context, {
      exit: exitCodes.usage,
      message: `${text === '' ? 'nothing' : text} is no port: write ${name}:80, or ${name}:53/udp`,
    })
  if (net.startsWith('container:')) {
    const other = net.slice('container:'.length)
    return giveUp(context, {
      exit: exitCodes.failed,
      message: `${name} uses the network of container ${other}: \`reconcile why ${other}:${text}\``,
    })
  }
  const links = from === null ? null : await hostLinks()
  const noLinks = { links: [], routes: [] }
  const asker = from === null ? anyone : findAsker(from, entries, links?.known === true ? links.value : noLinks)
  if (asker === null) return giveUp(context, notHere(from ?? '', entries))
  const ways = await pathsTo({ paths, rootId }, observed, container, portsFor(asker, observed, container, port), asker)
  const show = showOf(context)
  answer(context, {
    text: () => ways.map(path => pathText(path, show)).join('\n'),
    json: () => ways.map(pathJson),
  })
  return ways.every(({ hops }) => firstBroken(hops) === null) ? exitCodes.done : exitCodes.failed
}

const anyone = { kind: 'anyone' } as const

/** Who is on a network with it asks for its own port, all others for one that is published. */
function portsFor(
  asker: Asker,
  observed: ObservedState,
  container: ObservedContainer,
  port: WantedPort,
): readonly AskedPort[] {
  if (asker.kind !== 'container') return askedPorts(container, port)
  const isNear = asker.container.id === container.id || sharedNetworks(asker.container, container, observed).length > 0
  return isNear ? [ownPort(container, port)] : askedPorts(container, port)
}
