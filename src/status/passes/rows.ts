import type { Action, ActionKind } from '../../model/action.ts'
import type { ContainerDeclaration } from '../../model/desired.ts'
import type { Position } from '../../model/identity.ts'
import { limitNames } from '../../model/limits.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { LimitChange, Reason, Step } from '../../model/plan.ts'
import type { MountsChange } from '../../model/mount-change.ts'
import { mountsToChange } from '../text/mount-change-words.ts'
import { driftWords, editText } from '../text/mount-words.ts'
import { repairText } from '../text/deviation-text.ts'
import type { Mark } from '../text/paint.ts'
import { endpointsText, publishedText } from '../text/network-words.ts'
import { specLine } from '../text/spec-line.ts'
import { limitText } from '../text/units.ts'
import { connectText, networkText, rangesText } from './network-steps.ts'
import { changeText, reasonText, toldChanges } from '../text/words.ts'

/** What the closing line of a plan counts. */
export type Counted = 'create' | 'change' | 'restart' | 'recreate' | 'remove'

/** One line of a plan: all steps that together do one thing to one object. */
export type PlanRow = {
  readonly counts: Counted
  readonly mark: Mark
  readonly kind: string
  readonly name: string
  readonly what: string
  readonly why: string
  readonly position: Position | null
  readonly details: readonly string[]
}

/** The rows of a plan in the order of its steps. Bookkeeping isn't pending work and has no row. */
export function planRows(steps: readonly Step[], observed: ObservedState, showValues: boolean): PlanRow[] {
  const groups = new Map<string, Step[]>()
  for (const step of steps.filter(isPending)) {
    const key = groupKey(step)
    groups.set(key, [...(groups.get(key) ?? []), step])
  }
  return [...groups.values()].map(group => toRow(group, observed, showValues))
}

export const isPending = (step: Step): boolean => step.class !== 'bookkeeping'

function groupKey(step: Step): string {
  const { subject, reason } = step
  if (step.class === 'in-place') return `step ${step.id}`
  const own = reason.code === 'duplicate' || reason.code === 'interrupted' ? subject.id : ''
  return `${subject.kind} ${subject.name} ${step.class} ${own}`
}

function toRow(group: readonly Step[], observed: ObservedState, showValues: boolean): PlanRow {
  const [first] = group
  if (first === undefined) throw new Error('a row without a step')
  const counts = countedAs(first)
  const changes = toldLimitChanges(first)
  return {
    counts,
    mark: counts === 'create' ? '+' : counts === 'remove' ? '-' : counts === 'recreate' ? '-/+' : '~',
    kind: first.subject.kind,
    name: first.subject.name,
    what: whatText(first, new Set(group.map(step => step.action.kind)), changes),
    why: first.class === 'in-place' ? inPlaceText(first, observed) : reasonText(first.reason),
    position: group.find(step => step.position !== null)?.position ?? null,
    details: [
      ...group.flatMap(step => createdLines(step.action, showValues)),
      ...changedPortLines(first),
      ...valueLines(changes),
      ...deviationLines(first.reason),
    ],
  }
}

function countedAs(step: Step): Counted {
  if (step.reason.code === 'should-be-stopped') return 'change'
  return step.class === 'in-place' || step.class === 'bookkeeping' ? 'change' : step.class
}

/** The limit changes that a step makes and that are worth telling; empty for other steps. */
export function toldLimitChanges({ action, reason }: Pick<Step, 'action' | 'reason'>): readonly LimitChange[] {
  if (action.kind !== 'update-limits' && action.kind !== 'update-record') return []
  if (reason.code !== 'limits-changed' && reason.code !== 'drifted') return []
  return toldChanges(reason.changes, action.container.limits.memorySwapBytes !== null)
}

const fieldWord = (field: string): string => (field === 'origin' ? 'owner' : field.replace(/^(spec|metadata)\./, ''))

/** `restart, labels`: what only a record keeps, without the paths around it. */
const recordFieldsText = (reason: Reason, withoutMounts: boolean): string =>
  reason.code === 'record-changed'
    ? reason.fields
        .filter(field => !withoutMounts || !/^spec\.mounts(\.|$)/.test(field))
        .map(fieldWord)
        .join(', ')
    : ''

function whatText(first: Step, kinds: ReadonlySet<ActionKind>, changes: readonly LimitChange[]): string {
  if (changes.length > 0) return changes.map(changeText).join(', ')
  if (first.action.kind === 'repair-mount')
    return `${editText(first.action.edit)} ${first.action.mount.target}   ${first.reason.code === 'mount-drifted' ? driftWords(first.reason.drift) : ''}`.trimEnd()
  if (first.action.kind === 'repair-run' && first.reason.code === 'deviated') return repairText(first.reason.deviation)
  if (first.action.kind === 'repair-run' && first.reason.code === 'record-changed')
    return first.action.repair.what === 'freeze' ? 'pause' : 'resume'
  if (first.action.kind === 'answer-change' && first.action.signal !== null)
    return `send ${first.action.signal}   ${reasonText(first.reason)}`
  if (first.action.kind === 'connect-container') return connectText(first, first.action)
  if (first.action.kind === 'create-network') return 'create'
  if (first.action.kind === 'update-network') return networkText(first)
  if (first.action.kind === 'apply-ruleset')
    return `${first.action.ruleset === null ? 'remove' : 'apply'}   ${reasonText(first.reason)}`
  if (first.action.kind === 'serve-names') return `start   ${reasonText(first.reason)}`
  if (first.action.kind === 'proxy-ports') return `hold   ${reasonText(first.reason)}`
  if (first.class === 'recreate') return 'recreate'
  if (first.reason.code === 'should-be-stopped') return 'stop'
  if (first.class === 'restart') return kinds.has('begin-stop') ? 'restart' : 'start again'
  if (first.class === 'remove') return kinds.has('begin-stop') ? 'stop and remove' : 'remove'
  if (kinds.has('create-container')) return kinds.has('start-container') ? 'create and start' : 'create'
  if (kinds.has('create-volume')) return 'create'
  if (kinds.has('begin-pull')) return 'pull'
  if (kinds.has('start-container')) return 'start'
  return listText(first, mountsToChange, 'update')
}

/** What a step does to the list of mounts, then what else it writes down. */
export function listText({ action, reason }: Step, told: (change: MountsChange) => string, verb: string): string {
  const list = action.kind === 'update-record' ? action.run?.mounts : undefined
  const mounts = list === undefined ? '' : told(list)
  const fields = recordFieldsText(reason, mounts !== '')
  if (mounts === '') return `${verb} ${fields}`.trimEnd()
  return fields === '' ? mounts : `${mounts}, ${verb} ${fields}`
}

function inPlaceText(step: Step, observed: ObservedState): string {
  const { action } = step
  if (['update-network', 'apply-ruleset', 'serve-names', 'proxy-ports'].includes(action.kind)) return 'in place'
  const changesKernel =
    action.kind === 'repair-mount' ||
    action.kind === 'repair-run' ||
    action.kind === 'answer-change' ||
    action.kind === 'connect-container' ||
    (action.kind === 'update-record' && (action.run !== undefined || changesNaming(step.reason))) ||
    toldLimitChanges(step).length > 0
  if (!('id' in action) || !changesKernel) return 'in place, only the record changes'
  const phase = observed.containers.find(container => container.id === action.id)?.phase
  if (!phase?.known || phase.value.phase !== 'running') return 'in place, for its next start'
  return `in place, pid ${phase.value.process.pid} keeps running`
}

/** Its hosts or resolv.conf. */
const changesNaming = (reason: Reason): boolean =>
  reason.code === 'record-changed' &&
  reason.fields.some(field => /^spec\.(dns|dnsSearch|dnsOptions|extraHosts|links)$/.test(field))

function createdLines(action: Action, showValues: boolean): string[] {
  if (action.kind === 'create-network') return [rangesText(action.network)]
  if (action.kind !== 'create-container') return []
  const { container, endpoints } = action
  return [
    specLine(container, showValues),
    ...(endpoints === undefined ? [] : [endpointsText(endpoints)]),
    ...portLines(container),
  ]
}

const portLines = ({ ports = [] }: ContainerDeclaration): string[] => ports.map(port => `port ${publishedText(port)}`)

/** Also of a container that stays: who publishes to the world must see it. */
const changedPortLines = ({ action, reason }: Step): string[] =>
  action.kind === 'update-record' && reason.code === 'record-changed' && reason.fields.includes('spec.ports')
    ? portLines(action.container)
    : []

const deviationLines = (reason: Reason): string[] =>
  reason.code === 'deviated'
    ? [
        `desired ${reason.deviation.desired}   recorded ${reason.deviation.recorded}   kernel ${reason.deviation.kernel}`,
      ]
    : []

/** The three values of each change, named when there are several. */
function valueLines(changes: readonly LimitChange[]): string[] {
  return changes.map(change => {
    const values = threeValues(change)
    return changes.length === 1 ? values : `${limitNames[change.field]}   ${values}`
  })
}

/** `desired 96Mi   recorded 64Mi   kernel 64Mi`; without `kernel` where nothing runs. */
function threeValues({ field, desired, recorded, kernel }: LimitChange): string {
  const parts = [`desired ${limitText(field, desired)}`, `recorded ${limitText(field, recorded)}`]
  if (kernel !== undefined) parts.push(`kernel ${limitText(field, kernel)}`)
  return parts.join('   ')
}
