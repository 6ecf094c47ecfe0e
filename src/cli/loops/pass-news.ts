import type { Subject } from '../../model/identity.ts'
import type { Outcome } from '../../model/outcome.ts'
import type { LeftAlone, Plan } from '../../model/plan.ts'
import { objectLines, restLines } from '../../status/passes/plan.ts'
import type { Show } from '../../status/text/show.ts'

/** What waits, is refused or can't be enforced, told when it begins and not again while it lasts. */
export class PassNews {
  #told: ReadonlySet<string> = new Set()

  /** The lines for what the last pass did not have. */
  lines({ plan }: Outcome, show: Show): string[] {
    const before = this.#told
    const isNew = (item: Item) => !before.has(keyOf(item))
    const waiting = plan.waiting.filter(isTold)
    // what is tried again in this pass and fails as before is no news in the next
    const pulled = plan.waiting.filter(({ for: cause }) => cause.code === 'pull')
    const busy = [...plan.steps, ...pulled].map(({ subject }) => subjectKey(subject))
    const kept = [...before].filter(key => busy.some(subject => key.startsWith(subject)))
    const left = plan.left ?? []
    this.#told = new Set([...kept, ...[...waiting, ...plan.blocked, ...plan.notices, ...left].map(keyOf)])
    return objectLines(
      restLines(
        {
          waiting: waiting.filter(isNew),
          blocked: plan.blocked.filter(isNew),
          notices: plan.notices.filter(isNew),
          left: left.filter(isNew),
        },
        show,
      ),
      show,
    )
  }
}

type Item = Plan['waiting'][number] | Plan['blocked'][number] | Plan['notices'][number] | LeftAlone

/** A stop and a start have lines of their own; a one-shot that runs and a second look are nothing to tell. */
const isTold = ({ for: cause }: Plan['waiting'][number]): boolean =>
  cause.code === 'back-off' || cause.code === 'dependency'

/** Without what only counts down. */
function keyOf(item: Item): string {
  const what =
    'for' in item
      ? [item.for.code, 'exit' in item.for ? item.for.exit : 'on' in item.for ? item.for.on : null]
      : lasting(item)
  return `${subjectKey(item.subject)}${JSON.stringify(what)}`
}

/** A pull is tried again and again; the same trouble is told once. */
function lasting(item: Exclude<Item, Plan['waiting'][number]>): unknown {
  if (!('refusal' in item) || item.refusal.code !== 'pull-failed') return item
  return { code: item.refusal.code, message: item.refusal.message }
}

const subjectKey = ({ kind, name }: Subject): string => `${kind} ${name} `
