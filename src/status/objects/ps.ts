import { fullName } from '../../model/identity.ts'
import type { Limits } from '../../model/limits.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import { columns } from '../text/columns.ts'
import { driftNames } from './drifted.ts'
import { baseName, type Show } from '../text/show.ts'
import { type PsEntry, stateText } from './state-word.ts'
import { bytesText, usageText } from '../text/units.ts'
import { shortName } from '../text/words.ts'

const heading = ['NAME', 'ID', 'STATE', 'DRIFT', 'MEMORY', 'PIDS', 'RESTARTS', 'SOURCE']
const layout = heading.map(title => ({ least: 0, gap: title === 'PIDS' ? 1 : 2 }))

/** The table of `reconcile ps`, a heading and a line a container, sorted by name. */
export function psTable(entries: readonly PsEntry[], show: Show): string {
  const sorted = [...entries].sort((a, b) => (nameOf(a.container) < nameOf(b.container) ? -1 : 1))
  return columns([heading, ...sorted.map(entry => row(entry, show))], layout).join('\n')
}

const nameOf = (container: ObservedContainer) => fullName(container.declaration.name)

function row(entry: PsEntry, show: Show): string[] {
  const { container } = entry
  const limits = limitsInForce(container)
  return [
    nameOf(container),
    shortName(container.id),
    stateText(entry, show.nowMs),
    driftText(container),
    usedText(entry.memoryUsedBytes, limits.memoryBytes, usageText, bytesText),
    usedText(entry.pidsUsed, limits.pids, String, String),
    `${container.restarts.count}`,
    `${baseName(show.display(container.origin.file))}:${container.origin.line}`,
  ]
}

const limitsInForce = ({ kernelLimits, recordedLimits }: ObservedContainer): Limits =>
  kernelLimits?.known ? kernelLimits.value : recordedLimits

function driftText(container: ObservedContainer): string {
  const drifted = driftNames(container)
  if (drifted === null) return '-'
  if (!drifted.known) return 'unknown'
  return drifted.value.length === 0 ? 'none' : drifted.value.join(',')
}

/** `<used> / <limit>`, without a limit only what is used, `-` for what doesn't run. */
function usedText(
  used: number | null,
  limit: number | null,
  showUsed: (value: number) => string,
  showLimit: (value: number) => string,
): string {
  if (used === null) return '-'
  return limit === null ? showUsed(used) : `${showUsed(used)} / ${showLimit(limit)}`
}
