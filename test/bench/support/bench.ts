import { mkdtempSync, rmSync } from 'node:fs'
import { labPrefix } from '../../support/leaks.ts'

/** A bench's own folder, and what is undone at its end. The same shape as a test's context: its helpers work here. */
export type Bench = {
  readonly folder: string
  after(undo: () => unknown): void
}

/** Runs a bench; afterwards, also when it fails, what it registered is undone, the last first, and its folder is gone. */
export async function bench(act: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${labPrefix}bench-`)
  const undos: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    await act({ folder, after: undo => void undos.push(undo) })
  } finally {
    const failures: unknown[] = []
    for (const undo of undos.reverse()) {
      try {
        await undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) process.exitCode = 1
    for (const failure of failures) process.stderr.write(`not undone: ${String(failure)}\n`)
  }
}

export async function elapsedMs(act: () => unknown): Promise<number> {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}
