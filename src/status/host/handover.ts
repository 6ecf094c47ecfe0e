import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import type { NeededNetwork } from './docker-networks.ts'
import { shortName } from '../text/words.ts'

type Checked = {
  /** an engine finds overlay2 by itself, vfs never */
  readonly driver: 'overlay2' | 'vfs'
  readonly blockers: readonly string[]
  /** names of ours whose processes are there; an id where nothing tells a name */
  readonly running: readonly string[]
  /** who holds the lock by which a dockerd and we keep off one another */
  readonly heldBy: readonly { readonly pid: number; readonly isExclusive: boolean }[]
  /** names of containers that ended while no run of ours wrote that into Docker's files */
  readonly unwrittenExits: readonly string[]
  readonly containers: readonly {
    readonly id: string
    readonly name: string
    readonly fate: 'starts' | 'lists' | 'removes' | 'skips'
    readonly why: string
  }[]
  readonly networks: readonly NeededNetwork[]
}

/** What `handover --check` says: what is in the way, then a line a container. */
export function handoverText(checked: Checked, root: string): string {
  const { driver, unwrittenExits, containers } = checked
  const rows = containers.map(({ id, name, fate, why }) => [fate, name || shortName(id), why])
  const table = columns(rows, [
    { least: 7, gap: 2 },
    { least: 0, gap: 2 },
    { least: 0, gap: 2 },
  ])
  const obstacles = inTheWay(checked)
  const remarks = unwrittenExits.map(
    name =>
      `! ${clean(name)} ended, and no run of reconcile has written down how: dockerd would take it for exit code 0`,
  )
  const networks = checked.networks.flatMap(networkLines)
  const end =
    obstacles.length === 0
      ? `ready: dockerd --data-root ${clean(root)}${driver === 'vfs' ? ' --storage-driver vfs' : ''}`
      : 'not ready: a dockerd must not be started here now'
  return [...obstacles, ...remarks, ...table, ...networks, end].join('\n')
}

/** What makes it, once dockerd runs. */
const networkLines = ({ name, containers, commands }: NeededNetwork): string[] => [
  `network ${clean(name)}: dockerd needs it for ${clean(containers.join(', '))}; once it runs:`,
  ...commands.map(command => `  ${clean(command)}`),
]

function inTheWay({ blockers, running, heldBy }: Checked): string[] {
  const isKeptOff = heldBy.some(({ isExclusive }) => !isExclusive)
  const so = isKeptOff ? 'dockerd refuses to start meanwhile' : 'its supervisor is gone, so nothing keeps a dockerd off'
  const others = running.length === 0 || !isKeptOff ? heldBy : []
  return [
    ...blockers.map(blocker => `x dockerd would not start: ${clean(blocker)}`),
    ...running.map(name => `x ${clean(shortName(name))} runs: ${so}; stop it first`),
    ...others.map(({ pid, isExclusive }) =>
      isExclusive
        ? `x a dockerd uses it already (pid ${pid})`
        : `x a reconcile is at work (pid ${pid}): dockerd refuses to start meanwhile; end it first`,
    ),
  ]
}
