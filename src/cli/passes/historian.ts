import { appendHistory } from '../../dataroot/records/history.ts'
import { nextPass } from '../../dataroot/records/pass-counter.ts'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { driftFields, isSwitch } from '../../model/drift-fields.ts'
import type { Result } from '../../model/errors.ts'
import type { ContainerId } from '../../model/identity.ts'
import type { StepOutcome } from '../../model/outcome.ts'
import type { ObservedState } from '../../model/observed.ts'
import type { HistoryEntry } from '../../model/record.ts'
import { historyOf, sharedRepair } from '../../status/objects/history.ts'
import type { Show } from '../../status/text/show.ts'

export type HistorianParts = {
  readonly paths: DataRootPaths
  readonly show: () => Show
  readonly now: () => number
  /** history explains, nothing depends on it: what can't be written is said, and the pass goes on */
  readonly onFailure: (message: string) => void
}

type Member = { readonly id: ContainerId; readonly networks: readonly string[] }

/**
 * What passes did to each container, numbered over the life of the data-root. A pass has a number when it does something
 * that people see, and when it is a process's first.
 */
export class Historian {
  readonly #parts: HistorianParts
  #isFirst = true
  #pass: number | null = null
  /** the newest number that this process took; bookkeeping of a pass without a number is told under it */
  #lastPass = 0
  /** containers made in this pass, whose start may still come and then is told in the same entry */
  #created = new Map<ContainerId, StepOutcome>()
  /** what runs, with the networks that it is on */
  #members: readonly Member[] = []
  /** the last failure told of each container: the same one again is no news */
  #failures = new Map<ContainerId, string>()
  /** told since the last pass that had a number */
  readonly #complaints = new Set<string>()

  constructor(parts: HistorianParts) {
    this.#parts = parts
  }

  /** Under the pass lock, before the first step. */
  begin(): void {
    this.#pass = null
    if (this.#isFirst) this.#number()
    this.#isFirst = false
  }

  /** What this pass looks at. */
  observed({ containers }: Pick<ObservedState, 'containers'>): void {
    this.#members = containers.flatMap(({ id, phase, endpoints = {} }) =>
      phase.known && phase.value.phase === 'running' ? [{ id, networks: Object.keys(endpoints) }] : [],
    )
  }

  step(outcome: StepOutcome): void {
    const { step } = outcome
    const id = 'id' in step.action ? step.action.id : null
    if (step.class !== 'bookkeeping') this.#number()
    if (id === null) this.#tellMembers(outcome)
    if (id === null || outcome.result === 'skipped') return
    if (step.action.kind === 'create-container' && outcome.result === 'done') {
      this.#created.set(id, outcome)
      return
    }
    const created = this.#created.get(id)
    this.#created.delete(id)
    if (step.action.kind === 'delete-container' && outcome.result === 'done') return
    this.#tell(id, created === undefined ? [outcome] : [created, outcome])
  }

  /** After the last step. */
  end(): void {
    for (const [id, outcome] of this.#created) this.#tell(id, [outcome])
    this.#created.clear()
  }

  /** An entry that comes from no step, under this process's newest pass number. */
  add(id: ContainerId, entryOf: (moment: { pass: number; atMs: number }) => HistoryEntry): void {
    this.#append(id, entryOf({ pass: this.#lastPass, atMs: this.#parts.now() }))
  }

  #number(): void {
    if (this.#pass !== null) return
    const pass = nextPass(this.#parts.paths, this.#parts.now())
    if (pass.ok) this.#complaints.clear()
    else this.#complain(pass)
    this.#pass = pass.ok ? pass.value : this.#lastPass
    this.#lastPass = this.#pass
  }

  #tellMembers(outcome: StepOutcome): void {
    const entry = sharedRepair(outcome, { pass: this.#pass ?? this.#lastPass, atMs: this.#parts.now() })
    if (entry === null) return
    const { subject, reason, action } = outcome.step
    if (action.kind === 'serve-names') {
      for (const { id } of action.runs) if (!this.#isOldFailure(id, [outcome], entry)) this.#append(id, entry)
      return
    }
    const isOfAll = subject.kind === 'ruleset' || driftFields(reason).some(isSwitch)
    for (const { id, networks } of this.#members) {
      if (isOfAll ? networks.length > 0 : networks.includes(subject.name)) this.#append(id, entry)
    }
  }

  #tell(id: ContainerId, outcomes: readonly StepOutcome[]): void {
    const moment = { pass: this.#pass ?? this.#lastPass, atMs: this.#parts.now() }
    const entry = historyOf(outcomes, moment, this.#parts.show())
    if (entry === null || this.#isOldFailure(id, outcomes, entry)) return
    this.#append(id, entry)
  }

  #isOldFailure(id: ContainerId, outcomes: readonly StepOutcome[], entry: HistoryEntry): boolean {
    if (outcomes.every(outcome => outcome.result !== 'failed')) {
      this.#failures.delete(id)
      return false
    }
    const isOld = this.#failures.get(id) === entry.what
    this.#failures.set(id, entry.what)
    return isOld
  }

  #append(id: ContainerId, entry: HistoryEntry): void {
    this.#complain(appendHistory(this.#parts.paths, id, entry))
  }

  #complain(result: Result<unknown>): void {
    if (result.ok || this.#complaints.has(result.error.message)) return
    this.#complaints.add(result.error.message)
    this.#parts.onFailure(`history: ${result.error.message}`)
  }
}
