import type { Action } from '../../model/action.ts'
import type { StopRule } from '../../model/desired.ts'
import type { ContainerId } from '../../model/identity.ts'
import { exitCode, type ObservedState } from '../../model/observed.ts'
import type { StepFacts, StepOutcome } from '../../model/outcome.ts'
import type { Step } from '../../model/plan.ts'
import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import { mountsChanged } from '../text/mount-change-words.ts'
import { editedText } from '../text/mount-words.ts'
import { repairRunText } from '../text/deviation-text.ts'
import { connectText, networkText, rangesText } from './network-steps.ts'
import { type Mark, paintMark } from '../text/paint.ts'
import { listText, toldLimitChanges } from './rows.ts'
import { place, type Show } from '../text/show.ts'
import { durationText, limitText } from '../text/units.ts'
import { changeText, exitText, reasonText, shortName } from '../text/words.ts'

/** When and how this process asked which containers to stop, by container id. */
export type StopNotes = ReadonlyMap<ContainerId, { readonly atMs: number } & StopRule>

/** What the lines of one run share. */
export type Scene = Show & {
  /** of `nameWidth`, so that lines printed one by one are aligned */
  readonly nameWidth: number
  /** what the current pass saw; null before the first */
  readonly observed: ObservedState | null
  readonly stops: StopNotes
}

const leastNameWidth = 5
const longestNameWidth = 40

/** The width of the name column for lines that come one by one. */
export const nameWidth = (names: readonly string[]): number =>
  names.reduce(
    (width, name) => Math.max(width, Math.min(clean(shortName(name)).length, longestNameWidth)),
    leastNameWidth,
  )

/** Remembers a stop that was begun, so that the line of the later removal can tell how long it took. */
export function noteStop(stops: StopNotes, outcome: StepOutcome, atMs: number): StopNotes {
  const { action } = outcome.step
  if (outcome.result !== 'done' || action.kind !== 'begin-stop') return stops
  return new Map([...stops, [action.id, { atMs, ...stopOf(action.stop, outcome.facts) }]])
}

/** The line of a step as it ends, with its warnings below; null for bookkeeping that nobody waits for. */
export function stepLine(outcome: StepOutcome, scene: Scene): string | null {
  if (outcome.result === 'skipped') return skippedLine(outcome.step, outcome.because, scene)
  if (outcome.result === 'failed') {
    const { error, step } = outcome
    const what = `${notDone(step.action)}: ${error.message} (${error.code})`
    return aligned('x', step, [what, placeOrTime(step, outcome.ms, scene)], scene)
  }
  const said = doneText(outcome.step, outcome.facts, scene)
  if (said === null) return null
  const line = aligned(said.mark, outcome.step, said.timed ? [said.text, durationText(outcome.ms)] : [said.text], scene)
  const warnings = (outcome.facts.warnings ?? []).map(
    warning => `        ${scene.paint.warn(clean(`${warning.field}: ${warning.message}`))}`,
  )
  return [line, ...warnings].join('\n')
}

/** A line for something that is no step, in the columns of the steps. */
export const subjectLine = (mark: Mark, kind: string, name: string, text: string, scene: Scene): string =>
  aligned(mark, { subject: { kind, name } }, [text], scene)

type About = { readonly subject: { readonly kind: string; readonly name: string } }

function aligned(mark: Mark, { subject }: About, rest: readonly string[], scene: Scene): string {
  const layout = [
    { least: 9, gap: 1 },
    { least: scene.nameWidth, gap: 2 },
    { least: 41, gap: 3 },
  ]
  const [text = ''] = columns([[subject.kind, shortName(subject.name), ...rest]], layout)
  return `${paintMark(mark, scene.paint, 1)} ${text}`
}

function skippedLine(step: Step, because: 'dependency-failed' | 'cancelled', scene: Scene): string | null {
  if (step.class === 'bookkeeping') return null
  const why = because === 'cancelled' ? 'interrupted' : 'a step before it failed'
  return aligned('.', step, [`${notDone(step.action)}: ${why}`, place(step.position, scene)], scene)
}

const placeOrTime = (step: Step, ms: number, scene: Scene) => place(step.position, scene) || durationText(ms)

type Said = { readonly mark: Mark; readonly text: string; readonly timed: boolean }
const say = (mark: Mark, text: string, timed = true): Said => ({ mark, text, timed })

function doneText(step: Step, facts: StepFacts, scene: Scene): Said | null {
  const { action } = step
  switch (action.kind) {
    case 'create-volume':
      return say('+', 'created')
    case 'update-volume':
      return say('~', recordText(step))
    case 'delete-volume':
      return say('-', 'removed')
    case 'create-network':
      return say('+', `created   ${rangesText(action.network)}`)
    case 'update-network':
      return step.class === 'bookkeeping' ? null : say('~', `${networkText(step)}   in place`)
    case 'delete-network':
      return say('-', 'removed')
    case 'connect-container':
      return say('~', `${connectText(step, action)}   in place`)
    case 'apply-ruleset':
      return say('~', `${action.ruleset === null ? 'removed' : 'applied'}   ${reasonText(step.reason)}`)
    case 'serve-names':
      return say('~', `answers   ${reasonText(step.reason)}`)
    case 'proxy-ports':
      return say('~', `held   ${reasonText(step.reason)}`)
    case 'create-container':
      return say('+', `created   ${shortName(action.id)}`)
    case 'start-container':
      return startedText(step, action.restart, facts)
    case 'begin-stop':
      return say(step.class === 'remove' ? '-' : '~', `stopping   ${stoppingText(stopOf(action.stop, facts))}`)
    case 'begin-pull':
      return step.class === 'bookkeeping' ? null : say('.', `pulling   ${reasonText(step.reason)}`, false)
    case 'update-limits':
      return say('~', `${limitsText(step)}   in place${readBackText(step, facts)}`)
    case 'repair-mount':
      return say('~', `mount ${action.mount.target} ${editedText(action.edit)}   ${reasonText(step.reason)}   in place`)
    case 'repair-run':
      return say('~', `${repairRunText(action, step.reason)}   in place`)
    case 'answer-change':
      return answeredText(step, action.signal)
    case 'update-record':
      return step.class === 'bookkeeping' ? null : (stoppedText(step, action, scene) ?? say('~', recordText(step)))
    case 'delete-container':
      return removedText(step, action.id, scene)
    case 'adopt-container':
      return say(
        '~',
        `adopted   ${reasonText(step.reason)}${facts.pid === undefined ? '' : `, pid ${facts.pid} kept running`}`,
      )
    case 'record-exit':
      return null
    case 'record-health':
      return say('.', `${action.status}   ${reasonText(step.reason)}`, false)
  }
}

const answeredText = (step: Step, signal: string | null): Said | null => {
  if (signal !== null) return say('~', `${signal} sent   ${reasonText(step.reason)}`)
  return step.reason.code === 'file-changed' ? say('.', reasonText(step.reason), false) : null
}

/** What the manifest leaves to the image is known once the stop has begun. */
const stopOf = (declared: StopRule, { stop }: StepFacts): StopRule => stop ?? declared

const stoppingText = ({ signal, graceMs }: StopRule): string =>
  [signal, graceMs === null ? null : `SIGKILL after ${durationText(graceMs)}`].filter(part => part !== null).join(', ')

/** Of a container that doesn't run, a record's limits are for its next start. */
function recordText(step: Step): string {
  const limits = toldLimitChanges(step)
  const isHeld = limits.every(({ kernel }) => kernel !== undefined)
  if (limits.length > 0) return `${limitsText(step)}   in place, ${isHeld ? 'only the record' : 'for its next start'}`
  const isOfProcess = step.action.kind === 'update-record' && step.action.run !== undefined
  const where = isOfProcess ? 'in place' : 'in place, only the record'
  return `${listText(step, mountsChanged, 'updated')}   ${where}`
}

function startedText(step: Step, restart: boolean, facts: StepFacts): Said {
  const parts = facts.pid === undefined ? [] : [`pid ${facts.pid}`]
  if (Object.keys(facts.limitsReadBack ?? {}).length > 0) parts.push('limits read back')
  if (restart) parts.push(reasonText(step.reason))
  const again = restart || step.class === 'restart'
  return say(again ? '~' : '+', `${again ? 'restarted' : 'started'}   ${parts.join(', ')}`.trimEnd())
}

function limitsText(step: Step): string {
  const changes = toldLimitChanges(step)
  return changes.length === 0 ? 'limits' : changes.map(changeText).join(', ')
}

/** `, read back 96Mi`: what the kernel said afterwards, for each change that is told. */
function readBackText(step: Step, facts: StepFacts): string {
  const values = facts.limitsReadBack
  if (values === undefined || Object.keys(values).length === 0) return ''
  const told = toldLimitChanges(step).flatMap(({ field }) => {
    const value = values[field]
    return value === undefined ? [] : [limitText(field, value)]
  })
  return told.length === 0 ? ', read back' : `, read back ${told.join(', ')}`
}

function removedText(step: Step, id: ContainerId, scene: Scene): Said {
  const end = endOf(id, scene)
  if (end?.stopped !== true) return say('-', step.class === 'remove' ? 'removed' : `removed   ${shortName(id)}`)
  return say('-', `${end.text} and removed`, false)
}

/** The record that takes up `state: stopped` is written when the process is gone: what people wait for is its end. */
function stoppedText(step: Step, { id, container }: UpdateRecord, scene: Scene): Said | null {
  const changed = step.reason.code === 'record-changed' && step.reason.fields.includes('spec.state')
  const end = container.state === 'stopped' && changed ? endOf(id, scene) : null
  return end === null ? null : say('~', end.stopped ? end.text : `stays stopped   ${end.text}`, false)
}

type UpdateRecord = Extract<Action, { kind: 'update-record' }>

/** How a container ended: `stopped (SIGTERM, exit 143, 31ms)`, or `exited (7)` when it was not us; null: it has not. */
function endOf(id: ContainerId, scene: Scene): { readonly stopped: boolean; readonly text: string } | null {
  const container = scene.observed?.containers.find(one => one.id === id)
  if (!container?.phase.known || container.phase.value.phase !== 'exited') return null
  const { exit } = container.phase.value
  const begun = scene.stops.get(id)
  if (begun === undefined && container.stopRequested !== true) return { stopped: false, text: exitText(exit) }
  const { signal, graceMs } = begun ?? container.declaration.stop
  const tookMs = begun === undefined ? null : exit.atMs - begun.atMs
  const isKilled = exit.kind === 'signal' && exit.signal === 9 && !exit.oom && (tookMs ?? Infinity) >= (graceMs ?? 0)
  const signals = isKilled && signal !== null && signal !== 'SIGKILL' ? `${signal}, then SIGKILL` : signal
  const facts = [signals, `exit ${exitCode(exit) ?? 'unknown'}`, tookMs === null ? null : durationText(tookMs)]
  return { stopped: true, text: `stopped (${facts.filter(fact => fact !== null).join(', ')})` }
}

const undone: Readonly<Record<Action['kind'], string>> = {
  'create-volume': 'not created',
  'update-volume': 'not updated',
  'delete-volume': 'not removed',
  'create-network': 'not created',
  'update-network': 'not put right',
  'delete-network': 'not removed',
  'connect-container': 'not connected',
  'apply-ruleset': 'not applied',
  'serve-names': 'does not answer',
  'proxy-ports': 'not held',
  'create-container': 'not created',
  'start-container': 'not started',
  'begin-stop': 'not stopped',
  'begin-pull': 'not pulled',
  'update-limits': 'limits not changed',
  'repair-mount': 'mount not repaired',
  'repair-run': 'not put right',
  'answer-change': 'not told of a change',
  'update-record': 'not updated',
  'record-exit': 'exit not recorded',
  'record-health': 'health not recorded',
  'adopt-container': 'not adopted',
  'delete-container': 'not removed',
}
export const notDone = (action: Action): string => undone[action.kind]
