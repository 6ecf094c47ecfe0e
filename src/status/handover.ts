import { clean } from './clean.ts'
import { columns } from './columns.ts'
import { shortName } from './words.ts'

type Checked = {
  readonly blockers: readonly string[]
  /** names of ours whose processes are there */
  readonly running: readonly string[]
  readonly containers: readonly {
    readonly id: string
    readonly name: string
    readonly fate: 'starts' | 'lists' | 'removes' | 'skips'
    readonly why: string
  }[]
}

/** What `handover --check` says: what is in the way, then a line a container. */
export function handoverText({ blockers, running, containers }: Checked, root: string): string {
  const rows = containers.map(({ id, name, fate, why }) => [fate, name || shortName(id), why])
  const table = columns(rows, [
    { least: 7, gap: 2 },
    { least: 0, gap: 2 },
    { least: 0, gap: 2 },
  ])
  const inTheWay = [
    ...blockers.map(blocker => `x dockerd would not start: ${clean(blocker)}`),
    ...running.map(name => `x ${clean(name)} runs: dockerd refuses to start meanwhile; stop it first`),
  ]
  const end =
    inTheWay.length === 0
      ? `ready: dockerd --data-root ${clean(root)}`
      : 'not ready: a dockerd must not be started here now'
  return [...inTheWay, ...table, end].join('\n')
}
