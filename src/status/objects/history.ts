import { isSwitch } from '../../model/drift-fields.ts'
import type { StepOutcome } from '../../model/outcome.ts'
import type { HistoryEntry } from '../../model/record.ts'
import { fullName, type ObjectName } from '../../model/identity.ts'
import type { Step } from '../../model/plan.ts'
import { mountsChanged } from '../text/mount-change-words.ts'
import { editedText } from '../text/mount-words.ts'
import { repairRunText } from '../text/deviation-text.ts'
import { connectText } from '../passes/network-steps.ts'
import { isPending, listText, toldLimitChanges } from '../passes/rows.ts'
import { place, type Show } from '../text/show.ts'
import { notDone } from '../passes/step.ts'
import { durationText } from '../text/units.ts'
import { changeText, exitText, reasonText } from '../text/words.ts'

/** Which pass, and when. */
export type PassMoment = { readonly pass: number; readonly atMs: number }

/**
 * One entry for what one pass did to one container, from the outcomes that belong together (a creation and its start,
 * or a single step); null when there is nothing to tell.
 */
export function historyOf(outcomes: readonly StepOutcome[], moment: PassMoment, show: Show): HistoryEntry | null {
  const told = outcomes.filter(isTold)
  const [first] = told
  if (first === undefined) return null
  const { step } = first
  return {
    ...moment,
    what: told.map(whatHappened).join(' and '),
    why: whyHappened(step.reason),
    position: isDrift(step.reason) ? null : place(step.position, show) || null,
  }
}

const isDrift = ({ code }: Step['reason']): boolean =>
  code === 'drifted' || code === 'mount-drifted' || code === 'links-drifted'

/** What is told of a container when something that it shares was put right after others had changed it; null: it was not. */
export function sharedRepair(outcome: StepOutcome, moment: PassMoment): HistoryEntry | null {
  const { step, result } = outcome
  const { action, reason, subject } = step
  if (action.kind === 'serve-names' && result === 'failed')
    return { ...moment, what: `${notServed}${outcome.error.message}`, why: reasonText(reason), position: null }
  if (result !== 'done') return null
  if (action.kind === 'serve-names')
    return { ...moment, what: 'names served, in place', why: reasonText(reason), position: null }
  if (action.kind === 'update-network' && reason.code === 'links-drifted')
    return { ...moment, what: sharedText(subject.name, reason.fields), why: reasonText(reason), position: null }
  if (action.kind === 'apply-ruleset' && reason.code === 'ruleset-drifted')
    return { ...moment, what: 'packet filter applied again', why: reasonText(reason), position: null }
  return null
}

const notServed = 'names not served: '

/** Why nobody could be made to answer it, if that is the last that is told of it. */
export function namesFailure(history: readonly HistoryEntry[]): string | null {
  const last = history.at(-1)?.what ?? ''
  return last.startsWith(notServed) ? last.slice(notServed.length) : null
}

const sharedText = (network: string, fields: readonly string[]): string =>
  fields.every(isSwitch) ? 'forwarding turned on again' : `network ${network} put right, in place`

/** What a new watcher writes about a container that ran on while nobody watched it. */
export const unwatchedEntry = (name: ObjectName, unwatchedMs: number, moment: PassMoment): HistoryEntry => ({
  ...moment,
  what: 'nothing to do',
  why: `no watcher for ${durationText(unwatchedMs)}; ${fullName(name)} kept running`,
  position: null,
})

const isTold = (outcome: StepOutcome): boolean =>
  outcome.result !== 'skipped' &&
  outcome.step.subject.kind === 'container' &&
  (isPending(outcome.step) ||
    outcome.step.action.kind === 'record-exit' ||
    outcome.step.action.kind === 'record-health' ||
    outcome.step.action.kind === 'adopt-container' ||
    outcome.step.reason.code === 'file-changed')

/** What another line of the history says in full is not told twice. */
function whyHappened(reason: Step['reason']): string {
  if (reason.code === 'exit-seen') return 'its process ended'
  return reason.code === 'start-failed' ? 'the last start failed' : reasonText(reason)
}

function whatHappened(outcome: StepOutcome): string {
  const { step } = outcome
  if (outcome.result === 'failed') return `${notDone(step.action)}: ${outcome.error.message}`
  const started = step.action.kind === 'start-container' && outcome.result === 'done' ? outcome.facts.pid : undefined
  const signal = outcome.result === 'done' ? outcome.facts.stop?.signal : undefined
  return [pastText(step), signal, started === undefined ? undefined : `pid ${started}`]
    .filter(part => part !== undefined)
    .join(', ')
}

function pastText(step: Step): string {
  const { action, reason } = step
  const changes = toldLimitChanges(step).map(changeText).join(', ')
  switch (action.kind) {
    case 'create-container':
      return 'created'
    case 'start-container':
      return action.restart ? 'restarted' : 'started'
    case 'begin-stop':
      return 'stop begun'
    case 'update-limits':
      return `${changes || 'limits'}, in place`
    case 'repair-mount':
      return `mount ${action.mount.target} ${editedText(action.edit)}, in place`
    case 'repair-run':
      return `${repairRunText(action, reason)}, in place`
    case 'answer-change':
      return action.signal === null ? 'told' : `${action.signal} sent`
    case 'update-record':
      return changes === '' ? listText(step, mountsChanged, 'updated') : `${changes}, for its next start`
    case 'adopt-container':
      return 'adopted by a new shim'
    case 'record-exit':
      return reason.code === 'exit-seen' ? exitText(reason.exit) : 'exit recorded'
    case 'record-health':
      return action.status
    case 'delete-container':
      return 'removed'
    case 'connect-container':
      return reason.code === 'links-drifted' ? 'reconnected, in place' : `${connectText(step, action)}, in place`
    case 'create-network':
    case 'update-network':
    case 'delete-network':
    case 'apply-ruleset':
    case 'serve-names':
    case 'proxy-ports':
    case 'create-volume':
    case 'update-volume':
    case 'delete-volume':
    case 'begin-pull':
      return action.kind.replace('-', ' ')
  }
}
