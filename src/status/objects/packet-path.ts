import { portText } from '../../model/network.ts'
import type { Hop, PathFacts, Sender } from '../../model/packet-path.ts'
import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import type { Show } from '../text/show.ts'

export type Path = Pick<PathFacts, 'name' | 'from' | 'published' | 'protocol' | 'containerPort'> & {
  readonly hops: readonly Hop[]
}

/** A sentence that names the first broken hop, then hop by hop. */
export function pathText(path: Path, { paint }: Pick<Show, 'paint'>): string {
  const lines = columns(
    path.hops.map(({ at, verdict, text }) => [words[verdict], at, text]),
    [
      { least: 6, gap: 2 },
      { least: 10, gap: 2 },
      { least: 0, gap: 0 },
    ],
  )
  const painted = path.hops.flatMap(({ verdict, advice }, i) => {
    const colour = verdict === 'ok' ? paint.add : verdict === 'unknown' ? paint.warn : paint.bad
    const word = words[verdict]
    const line = `  ${colour(word)}${(lines[i] ?? '').slice(word.length)}`
    return advice === null ? [line] : [line, `${' '.repeat(22)}${clean(advice)}`]
  })
  return [headline(path), ...painted].join('\n')
}

const words = { ok: 'ok', broken: 'broken', unknown: '?' } as const

function headline(path: Path): string {
  const broken = path.hops.find(({ verdict }) => verdict === 'broken')
  const name = clean(`${path.name}, ${portOf(path)}`)
  const who = whoText(path)
  const isUnsure = path.hops.some(({ verdict }) => verdict === 'unknown')
  return broken === undefined
    ? `${name} can be reached${who}${isUnsure ? ', as far as is seen from here' : ''}.`
    : clean(`${name} can't be reached${who}: ${broken.at}: ${broken.text}.`)
}

function whoText({ from, published }: Path): string {
  if (from.kind !== 'anyone') return ` from ${senderWord(from)}`
  return published === null ? ' for members of its networks and this host; it is not published' : ''
}

function senderWord(from: Sender): string {
  if (from.kind === 'container') return from.name
  if (from.kind === 'host') return 'this host'
  return from.kind === 'outside' && from.address !== null ? from.address : 'other hosts'
}

/** `port 8080/tcp`, as the host has it, or, if it is not published, as the container does */
export const portOf = ({ published, containerPort, protocol }: Path): string =>
  `port ${published === null ? `${containerPort}/${protocol}` : portText(published)}`

/** `container web`, `host`, `outside`, an address; null: anybody who may */
function fromJson(from: Sender): string | null {
  if (from.kind === 'anyone') return null
  if (from.kind === 'container') return `container ${from.name}`
  return from.kind === 'outside' ? (from.address ?? 'outside') : 'host'
}

/** `{ name, port, from, published, reachable, firstBroken, hops: [{ at, verdict, text, advice }] }` */
export function pathJson(path: Path) {
  const broken = path.hops.find(({ verdict }) => verdict === 'broken') ?? null
  const { name, published, hops } = path
  const from = fromJson(path.from)
  return {
    name,
    port: portOf(path),
    from,
    published,
    reachable: broken === null,
    firstBroken: broken?.at ?? null,
    hops,
  }
}
