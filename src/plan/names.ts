import { addStep, type Draft } from './draft.ts'

const subject = { kind: 'resolver', name: '127.0.0.11', id: null } as const

/** Who runs and isn't answered. What this plan starts is answered by its start. */
export function planNames(draft: Draft): void {
  const { unserved, silentResolver: silent } = draft.observed
  if (unserved === undefined) return
  if (!unserved.known) {
    draft.blocked.push({ subject, refusal: { code: 'unreadable', why: unserved.why }, position: null })
    return
  }
  const runs = unserved.value.filter(({ id }) => !draft.gone.has(id))
  if (runs.length === 0) return
  addStep(draft, {
    subject,
    action: { kind: 'serve-names', runs },
    reason: { code: 'unserved', count: runs.length, ...(silent === undefined ? {} : { silent }) },
    class: 'in-place',
    after: [],
    position: null,
  })
}
