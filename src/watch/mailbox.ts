import type { Trigger, TriggerKind } from './trigger.ts'

/** One slot: triggers that come while a pass runs are one "again". Bounded by the number of trigger kinds. */
export class Mailbox {
  #kinds = new Set<TriggerKind>()
  #wake: (() => void) | null = null

  post(trigger: Trigger): void {
    this.#kinds.add(trigger.kind)
    this.#wake?.()
  }

  /** What came since the last take: at once if there is something, else when it comes; empty when `signal` aborts. */
  async take(signal: AbortSignal): Promise<ReadonlySet<TriggerKind>> {
    if (this.#kinds.size === 0 && !signal.aborted) await this.#posted(signal)
    const kinds = this.#kinds
    this.#kinds = new Set()
    return kinds
  }

  #posted(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#wake = null
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
