import { fullName } from '../../model/identity.ts'
import type { Limits } from '../../model/limits.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import { columns } from '../text/columns.ts'
import { driftNames } from './drifted.ts'
import { shortPort } from '../text/network-words.ts'
import { baseName, type Show } from '../text/show.ts'
import { type PsEntry, stateText } from './state-word.ts'
import { bytesText, usageText } from '../text/units.ts'
import { shortName } from '../text/words.ts'

const heading = ['NAME', 'ID', 'STATE', 'DRIFT', 'MEMORY', 'PIDS', 'RESTARTS', 'SOURCE']
const layout = heading.map(title => ({ least: 0, gap: title === 'PIDS' ? 1 : 2 }))

const networkHeading = ['ADDRESS', 'PORTS']
const networkLayout = [...layout, ...networkHeading.map(() => ({ least: 0, gap: 2 }))]

/** The table of `reconcile ps`, a heading and a line a container, sorted by name; with addresses where any has one. */
export function psTable(entries: readonly PsEntry[], show: Show): string {
  const sorted = [...entries].sort((a, b) => (nameOf(a.container) < nameOf(b.container) ? -1 : 1))
  if (sorted.every(({ container }) => container.endpoints === undefined))
    return columns([heading, ...sorted.map(entry => row(entry, show))], layout).join('\n')
  const rows = sorted.map(entry => withNetworks(row(entry, show), networkCells(entry.container)))
  return columns([withNetworks(heading, networkHeading), ...rows], networkLayout).join('\n')
}

/** Before the source, which is the longest. */
const withNetworks = (cells: readonly string[], more: readonly string[]): string[] => [
  ...cells.slice(0, -1),
  ...more,
  ...cells.slice(-1),
]

const networkCells = ({ endpoints = {}, declaration: { ports = [] } }: ObservedContainer): string[] => [
  Object.values(endpoints)
    .map(({ ipv4 }) => ipv4)
    .join(',') || '-',
  ports.map(shortPort).join(',') || '-',
]

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
