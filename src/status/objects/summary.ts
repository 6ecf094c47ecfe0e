import { fullName } from '../../model/identity.ts'
import type { ObservedVolume } from '../../model/observed.ts'
import { columns } from '../text/columns.ts'
import { driftedFields } from './drifted.ts'
import type { Show } from '../text/show.ts'
import { type PsEntry, stateText } from './state-word.ts'
import { counted } from '../text/words.ts'

const hints: readonly (readonly [command: string, what: string])[] = [
  ['reconcile plan DIR', 'what a pass would do, and why; changes nothing'],
  ['reconcile --once DIR', 'do it, wait until everything is ready'],
  ['reconcile DIR', 'the same, then on every change'],
]
const hintsWhenEmpty: typeof hints = [['reconcile doctor', 'what this host allows'], ...hints]
const hintsWhenThere: typeof hints = [
  ['reconcile ps', 'state, drift and use of each'],
  ['reconcile why NAME', 'how one came to be as it is'],
  ...hints,
]

/** What bare `reconcile` says: what is here, and what to type next. */
export function summaryText(entries: readonly PsEntry[], volumes: readonly ObservedVolume[], show: Show): string {
  const rows = [...entries]
    .map(entry => [fullName(entry.container.declaration.name), stateText(entry, show.nowMs)])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  const told = rows.slice(0, mostRows)
  const more = rows.length - told.length
  return [
    countLine(entries, volumes),
    ...columns(told, [{ least: 5, gap: 2 }]).map(line => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
    ...columns(entries.length === 0 ? hintsWhenEmpty : hintsWhenThere, [{ least: 20, gap: 2 }]).map(
      line => `  ${line}`,
    ),
  ].join('\n')
}

const mostRows = 20

function countLine(entries: readonly PsEntry[], volumes: readonly ObservedVolume[]): string {
  if (entries.length + volumes.length === 0) return 'nothing of ours is on this host'
  const running = entries.filter(({ container: { phase } }) => phase.known && phase.value.phase === 'running').length
  const drifted = entries.filter(({ container }) => {
    const fields = driftedFields(container)
    return fields?.known === true && fields.value.length > 0
  }).length
  const parts = [`${counted(entries.length, 'container')}, ${running} running`, counted(volumes.length, 'volume')]
  return `${parts.join('; ')}${drifted === 0 ? '' : `; ${drifted} drifted: see \`reconcile drift\``}`
}
