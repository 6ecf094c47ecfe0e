import type { Subject } from '../model/identity.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import { objectLines, restLines } from '../status/plan.ts'
import type { Show } from '../status/show.ts'

/** What waits, is refused or can't be enforced, told when it begins and not again while it lasts. */
export class PassNews {
  #told: ReadonlySet<string> = new Set()

  /** The lines for what the last pass did not have. */
  lines({ plan }: Outcome, show: Show): string[] {
    const before = this.#told
    const isNew = (item: Item) => !before.has(keyOf(item))
    const waiting = plan.waiting.filter(isTold)
    // what is tried again in this pass and fails as before is no news in the next
    const busy = plan.steps.map(({ subject }) => subjectKey(subject))
    const kept = [...before].filter(key => busy.some(subject => key.startsWith(subject)))
    this.#told = new Set([...kept, ...[...waiting, ...plan.blocked, ...plan.notices].map(keyOf)])
    return objectLines(
      restLines(
        { waiting: waiting.filter(isNew), blocked: plan.blocked.filter(isNew), notices: plan.notices.filter(isNew) },
        show,
      ),
      show,
    )
  }
}

type Item = Plan['waiting'][number] | Plan['blocked'][number] | Plan['notices'][number]

/** A stop and a start have lines of their own; a one-shot that runs and a second look are nothing to tell. */
const isTold = ({ for: cause }: Plan['waiting'][number]): boolean => cause.code === 'back-off'

/** Without what only counts down. */
function keyOf(item: Item): string {
  const what = 'for' in item ? [item.for.code, 'exit' in item.for ? item.for.exit : null] : item
  return `${subjectKey(item.subject)}${JSON.stringify(what)}`
}

const subjectKey = ({ kind, name }: Subject): string => `${kind} ${name} `
