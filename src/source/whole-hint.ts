/** Whether somebody still writes this file; null: not known. */
export type IsBeingWritten = (path: string) => boolean | null

/** Between the several writes of one program to several files. */
const quietMs = 3
/** Where nothing tells that a file is still being written: enough for the several writes of one editor. */
const unknownQuietMs = 25
const longestMs = 1000

/**
 * Calls `act` when what has changed is whole: nothing has changed for a moment, and nobody has one of these files open for
 * writing; at the latest a second after the first change. What is read half written after that is put right by the hint of its
 * other half.
 */
export function hintWhenWhole(
  act: () => void,
  isBeingWritten: IsBeingWritten,
  signal: AbortSignal,
): (path: string | null) => void {
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | null = null
  let [firstMs, lastMs] = [0, 0]
  signal.addEventListener('abort', () => timer !== null && clearTimeout(timer), { once: true })
  const wait = (ms: number): void => void (timer = setTimeout(look, ms))
  const look = (): void => {
    const nowMs = performance.now()
    const waitMs = nowMs < firstMs + longestMs ? stillMs([...changed].map(isBeingWritten), nowMs - lastMs) : 0
    if (waitMs > 0) return wait(waitMs)
    timer = null
    changed.clear()
    act()
  }
  return path => {
    if (signal.aborted) return
    lastMs = performance.now()
    if (path !== null) changed.add(path)
    if (timer === null) firstMs = lastMs
    else clearTimeout(timer)
    wait(Math.max(0, Math.min(quietMs, firstMs + longestMs - lastMs)))
  }
}

function stillMs(states: readonly (boolean | null)[], quietForMs: number): number {
  if (states.includes(true)) return quietMs
  return states.includes(null) ? Math.max(0, unknownQuietMs - quietForMs) : 0
}
