import type { DesiredState } from '../../model/desired.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { Plan } from '../../model/plan.ts'
import { limitNames } from '../../model/limits.ts'
import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import { type Mark, paintMark } from '../text/paint.ts'
import { type Counted, type PlanRow, planRows } from './rows.ts'
import { leftCount, leftText, leftWord } from '../text/left-text.ts'
import { withoutFilterTexts } from '../text/network-words.ts'
import { place, type Show } from '../text/show.ts'
import { asDeclared } from './as-declared.ts'
import { refusalText, waitingText, wayOut } from './waiting.ts'
import { shortName } from '../text/words.ts'

/** One line of an object: mark, kind, name, what, why, place; details stand below it. */
export type ObjectLine = { readonly mark: Mark; readonly cells: readonly string[]; readonly details: readonly string[] }

/** kind, name, what, why, place */
const planColumns = [
  { least: 9, gap: 1 },
  { least: 5, gap: 2 },
  { least: 0, gap: 3 },
  { least: 25, gap: 3, most: 72 },
]

/** What a pass would do and why, with what waits and what is refused; a dry run's whole text. */
export function planText(plan: Plan, desired: DesiredState, observed: ObservedState, show: Show): string {
  const rows = planRows(plan.steps, observed, show.showValues)
  const lines = objectLines([...rows.map(row => rowLine(row, show)), ...restLines(plan, show)], show)
  const closing = rows.length === 0 && isQuiet(plan) ? nothingLine(plan, desired) : countLine(rows, plan.blocked.length)
  return [...lines, closing].join('\n')
}

const isQuiet = (plan: Plan) => plan.blocked.length === 0 && plan.waiting.every(one => one.for.code === 'completion')

const rowLine = (row: PlanRow, show: Show): ObjectLine => ({
  mark: row.mark,
  cells: [row.kind, shortName(row.name), row.what, row.why, place(row.position, show)],
  details: row.details,
})

/** Lines for what waits, what is refused (with the way out below) and what this kernel can't enforce. */
export function restLines(plan: Pick<Plan, 'waiting' | 'blocked' | 'notices' | 'left'>, show: Show): ObjectLine[] {
  const waiting = plan.waiting.map(one => ({
    mark: '.' as const,
    cells: [one.subject.kind, shortName(one.subject.name), 'waiting', waitingText(one, show.nowMs)],
    details: [],
  }))
  const blocked = plan.blocked.map(one => ({
    mark: 'x' as const,
    cells: [
      one.subject.kind,
      shortName(one.subject.name),
      'blocked',
      refusalText(one.refusal),
      place(one.position, show),
    ],
    details: [wayOut(one, show)],
  }))
  const notices = plan.notices.map(one => ({
    mark: '!' as const,
    cells: [one.subject.kind, shortName(one.subject.name), ...noticeTexts(one), place(one.position, show)],
    details: [],
  }))
  const left = (plan.left ?? []).map(one => ({
    mark: '!' as const,
    cells: [one.subject.kind, shortName(one.subject.name), leftWord(one), leftText(one, show.nowMs)],
    details: [],
  }))
  return [...waiting, ...blocked, ...notices, ...left]
}

function noticeTexts({ withoutNetwork, withoutFilter, unenforceable }: Plan['notices'][number]): [string, string] {
  if (withoutNetwork !== undefined) return ['no network', withoutNetwork.why]
  if (withoutFilter !== undefined) return withoutFilterTexts(withoutFilter)
  return ['not enforced', unenforceable.map(limit => `${limitNames[limit.field]} (${limit.why})`).join(', ')]
}

/** Aligned and indented, details below. */
export function objectLines(lines: readonly ObjectLine[], show: Show): string[] {
  const texts = columns(
    lines.map(line => line.cells),
    planColumns,
  )
  return lines.flatMap((line, i) => [
    `${paintMark(line.mark, show.paint, 3)} ${texts[i]}`,
    ...line.details.map(detail => `        ${show.paint.faint(clean(detail))}`),
  ])
}

function nothingLine(plan: Plan, desired: DesiredState): string {
  if (plan.left !== undefined && desired.problems.length === 0) return `nothing to do: ${leftCount(plan)}`
  if (desired.problems.length === 0) return `nothing to do: ${asDeclared(desired)}`
  const rest = desired.containers.length + desired.volumes.length === 0 ? '' : `${asDeclared(desired)}; `
  return `nothing to do: ${rest}what files with errors declared earlier stays as it is`
}

function countLine(rows: readonly PlanRow[], blocked: number): string {
  const count = (counted: Counted) => rows.filter(row => row.counts === counted).length
  const changes = count('change')
  return (
    `plan: ${count('create')} to create, ${changes} to change${changes === 0 ? '' : ' in place'}, ` +
    `${count('restart')} to restart, ${count('recreate')} to recreate, ${count('remove')} to remove${blocked === 0 ? '' : `; ${blocked} blocked`}. Nothing was changed.`
  )
}
