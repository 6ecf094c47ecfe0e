import { type BigIntStats, lstatSync } from 'node:fs'
import type { Known } from '../../model/errors.ts'

/** A file that changed this shortly before it was read may change again without another time. */
const restlessNs = 50_000_000n

type Remembered<T> = { readonly key: string; readonly value: T }

/** What was read of files, as long as they are the same: a file of ours is replaced by another one, and whoever edits one moves its times. */
export class FileMemory<T> {
  readonly #known = new Map<string, Remembered<T>>()

  /** What `read` gives of the file at this path, `name` in this memory; what can't be read is not remembered. */
  read(name: string, path: string, read: () => Known<T | null>): Known<T | null> {
    const before = statOf(path)
    const known = this.#known.get(name)
    if (before !== null && known?.key === keyOf(before)) return { known: true, value: known.value }
    this.#known.delete(name)
    const now = read()
    if (before === null || !now.known || now.value === null) return now
    const after = statOf(path)
    const isAtRest = after !== null && keyOf(after) === keyOf(before) && isOld(after)
    if (isAtRest) this.#known.set(name, { key: keyOf(before), value: now.value })
    return now
  }

  /** Forgets all others. */
  keepOnly(names: readonly string[]): void {
    if (this.#known.size === 0) return
    const kept = new Set(names)
    for (const name of this.#known.keys()) if (!kept.has(name)) this.#known.delete(name)
  }
}

function statOf(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true })
  } catch {
    return null
  }
}

const keyOf = ({ dev, ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string =>
  `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${mode}`

const isOld = ({ ctimeNs, mtimeNs }: BigIntStats): boolean => {
  const nowNs = BigInt(Date.now()) * 1_000_000n
  return ctimeNs + restlessNs < nowNs && mtimeNs + restlessNs < nowNs
}
