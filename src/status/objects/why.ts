import { fullName } from '../../model/identity.ts'
import { known } from '../../model/errors.ts'
import { limitNames, limitOf } from '../../model/limits.ts'
import type { Plan } from '../../model/plan.ts'
import type { HistoryEntry } from '../../model/record.ts'
import { parseRepositoryFile, shortCommit } from '../../model/repository.ts'
import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import { deviationText } from '../text/deviation-text.ts'
import { deviationsFrom, driftedFields, mountName } from './drifted.ts'
import { driftWords } from '../text/mount-words.ts'
import { leftText, leftWord } from '../text/left-text.ts'
import { type Path, portOf } from './packet-path.ts'
import { planRows } from '../passes/rows.ts'
import type { Show } from '../text/show.ts'
import { type PsEntry, restartsWhenWatched, stateText } from './state-word.ts'
import { ageText, limitText, timeText } from '../text/units.ts'
import { refusalText, waitingText, wayOut } from '../passes/waiting.ts'
import type { ObservedState } from '../../model/observed.ts'

/** A container, how it came to be as it is, and what a pass would do now (null: its manifests were not read). */
export type WhyFacts = {
  readonly entry: PsEntry
  readonly history: readonly HistoryEntry[]
  readonly plan: Plan | null
  readonly observed: ObservedState
  /** to its published ports, of what runs; missing = none */
  readonly paths?: readonly Path[]
}

/** One sentence on the present, the past line by line, then what is pending and what to do about it. */
export function whyText(facts: WhyFacts, show: Show): string {
  const past = columns(facts.history.map(historyCells), [
    { least: 0, gap: 2 },
    { least: 0, gap: 2 },
    { least: 32, gap: 3 },
    { least: 25, gap: 3 },
  ])
  const lines = [
    headline(facts, show),
    ...atCommit(facts),
    ...lastProbe(facts, show),
    ...past.map(line => `  ${line}`),
    ...pending(facts, show),
    ...unreached(facts),
  ]
  return lines.join('\n')
}

/** Ports that nothing comes to, with the place where it ends. */
function unreached({ paths = [] }: WhyFacts): string[] {
  return paths.flatMap(path => {
    const broken = path.hops.find(({ verdict }) => verdict === 'broken')
    return broken === undefined ? [] : [`  ${clean(`${portOf(path)} can't be reached: ${broken.text}`)}`]
  })
}

/** Where its manifest comes from, when that is a repository. */
function atCommit({ entry: { commit, container } }: WhyFacts): string[] {
  const inside = parseRepositoryFile(container.origin.file)
  if (inside === null) return []
  const at = commit === null ? 'no commit is known to be good' : `commit ${shortCommit(commit)}`
  return [`  from ${clean(inside.repository)}: ${clean(inside.path)}, ${at}`]
}

/** What its last probe said, and all that it wrote. */
function lastProbe({ entry: { container } }: WhyFacts, show: Show): string[] {
  const last = container.health?.log.at(-1)
  if (last === undefined) return []
  const [first = '', ...rest] = last.output.trimEnd().split('\n')
  const said = last.exitCode === -1 ? 'failed' : `exited (${last.exitCode})`
  const head = `  last probe ${said} ${ageText(Math.max(0, show.nowMs - last.endMs))} ago${first === '' ? '' : `: ${clean(first)}`}`
  return [head, ...rest.slice(0, shownLines).map(line => `    ${clean(line)}`)]
}

const shownLines = 20

const historyCells = (entry: HistoryEntry): string[] => [
  timeText(entry.atMs),
  `pass ${entry.pass}`,
  entry.what,
  entry.why,
  entry.position ?? '',
]

function headline({ entry, plan }: WhyFacts, show: Show): string {
  const name = clean(fullName(entry.container.declaration.name))
  const { phase } = entry.container
  if (!phase.known) return `${name}: its state is not readable: ${clean(phase.why)}.`
  const state = stateText(entry, show.nowMs)
  if (state.startsWith('completed')) return `${name} ran as declared: ${state}.`
  if (phase.value.phase !== 'running') return `${name} is not running: ${state}.`
  if (entry.stopping) return `${name} is stopping.`
  const drift = driftSentence(entry)
  if (drift !== null) return `${name} is running, but ${drift}.`
  return plan !== null && isPendingFor(plan, name)
    ? `${name} is running, but not as declared.`
    : `${name} is running as declared.`
}

function driftSentence({ container }: PsEntry): string | null {
  const drifted = driftedFields(container)
  const kernel = container.kernelLimits
  if (drifted === null) return null
  if (!drifted.known) return `its limits are not readable: ${clean(drifted.why)}`
  const limits = drifted.value.flatMap(field => {
    if (!kernel?.known) return []
    const now = limitText(field, limitOf(kernel.value, field))
    return `${limitNames[field]} is ${now} in the kernel instead of ${limitText(field, limitOf(container.recordedLimits, field))}`
  })
  const parts = [...limits, ...mountSentences(container), ...deviationSentences(container), ...linkSentences(container)]
  return parts.length === 0 ? null : parts.join(', ')
}

function mountSentences({ mountDrifts }: PsEntry['container']): string[] {
  if (mountDrifts === undefined) return []
  if (!mountDrifts.known) return [`its mounts are not readable: ${clean(mountDrifts.why)}`]
  return mountDrifts.value.map(drift => clean(`${mountName(drift)} is not as declared (${driftWords(drift)})`))
}

function deviationSentences(container: PsEntry['container']): string[] {
  const deviations = deviationsFrom(container)
  if (deviations === null) return []
  return deviations.known ? deviations.value.map(deviationText) : [`it is not readable: ${clean(deviations.why)}`]
}

function linkSentences({ linkFaults = known([]), serviceFaults = known([]) }: PsEntry['container']): string[] {
  const links = linkFaults.known
    ? linkFaults.value.map(({ text }) => clean(text))
    : [`its interfaces are not readable: ${clean(linkFaults.why)}`]
  return [...links, ...(serviceFaults.known ? serviceFaults.value.map(({ text }) => clean(text)) : [])]
}

const isPendingFor = (plan: Plan, name: string): boolean =>
  [...plan.steps.filter(step => step.class !== 'bookkeeping'), ...plan.waiting, ...plan.blocked].some(
    item => item.subject.kind === 'container' && clean(item.subject.name) === name && !isRunningOneShot(item),
  )

const isRunningOneShot = (item: Plan['steps'][number] | Plan['waiting'][number] | Plan['blocked'][number]): boolean =>
  'for' in item && item.for.code === 'completion'

function pending({ plan, entry, observed }: WhyFacts, show: Show): string[] {
  const name = fullName(entry.container.declaration.name)
  const isMine = (item: { readonly subject: { readonly kind: string; readonly name: string } }) =>
    item.subject.kind === 'container' && item.subject.name === name
  const lost = entry.watch !== 'live' && restartsWhenWatched(entry.container)
  const unwatched = lost ? ['nobody watches it: `reconcile --once` or a watcher (`reconcile DIR`) starts it again'] : []
  if (plan === null) return waitingLines(entry.waiting === null ? [] : [entry.waiting], show, unwatched)
  const left = (plan.left ?? []).filter(isMine).map(one => `  ${leftWord(one)}: ${clean(leftText(one, show.nowMs))}`)
  const rows = planRows(plan.steps.filter(isMine), observed, show.showValues)
  const steps = rows.map(row => `  next: ${clean(`${row.what}   ${row.why}`)}`)
  const blocked = plan.blocked
    .filter(isMine)
    .flatMap(one => [`  blocked: ${clean(refusalText(one.refusal))}`, `        ${clean(wayOut(one, show))}`])
  return [...steps, ...left, ...waitingLines(plan.waiting.filter(isMine), show, unwatched), ...blocked]
}

const waitingLines = (waiting: Plan['waiting'], show: Show, more: readonly string[]): string[] => [
  ...waiting.map(one => `  waiting: ${clean(waitingText(one, show.nowMs))}`),
  ...more.map(line => `        ${line}`),
]
