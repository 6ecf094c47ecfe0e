import type { Problem } from '../../model/desired.ts'
import type { Position } from '../../model/identity.ts'
import type { StepOutcome } from '../../model/outcome.ts'
import type { Plan } from '../../model/plan.ts'
import { parseRepositoryFile } from '../../model/repository.ts'
import type { Show } from '../text/show.ts'
import { refusalText } from './waiting.ts'

/**
 * A mistake as GitHub's workflow command: `::error file=deploy/app.yaml,line=4,col=7::message`. The file is named as the
 * checkout has it: from the top of its repository, or as it was typed.
 */
export function annotation({ position, file, message, excerpt }: Problem, show: Pick<Show, 'display'>): string {
  const length = excerpt?.length ?? 0
  return command(message, {
    file: checkoutPath(file, show),
    ...placeOf(position),
    ...(position !== null && length > 1 ? { endColumn: position.column + length } : {}),
  })
}

/** The same for what has a place, and for what has none. */
export const errorAt = (position: Position | null, message: string, show: Pick<Show, 'display'>): string =>
  command(message, position === null ? {} : { file: checkoutPath(position.file, show), ...placeOf(position) })

/** What is refused and what failed in the end, each at its place. */
export function outcomeAnnotations(plan: Plan, steps: readonly StepOutcome[], show: Pick<Show, 'display'>): string[] {
  const blocked = plan.blocked.map(({ subject, refusal, position }) =>
    errorAt(position, `${subject.kind} ${subject.name}: ${refusalText(refusal)}`, show),
  )
  const failed = steps.flatMap(outcome =>
    outcome.result === 'failed'
      ? [errorAt(outcome.step.position, `${subjectOf(outcome.step)}: ${outcome.error.message}`, show)]
      : [],
  )
  return [...blocked, ...failed]
}

const subjectOf = ({ subject }: StepOutcome['step']): string => `${subject.kind} ${subject.name}`

const placeOf = (position: Position | null) => (position === null ? {} : { line: position.line, col: position.column })

function checkoutPath(file: string, show: Pick<Show, 'display'>): string {
  const inside = parseRepositoryFile(file)
  return inside === null ? show.display(file) : inside.path
}

function command(message: string, properties: Readonly<Record<string, string | number>>): string {
  const given = Object.entries(properties)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${escapeProperty(`${value}`)}`)
  return `::error${given.length === 0 ? '' : ` ${given.join(',')}`}::${escapeData(message)}`
}

const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
