/**
 * Calls `act` once after calls have stopped for `delayMs`, and at the latest `maxDelayMs` after the first of them; never
 * after the signal aborted.
 */
export function debounce(
  act: () => void,
  { delayMs, maxDelayMs }: { readonly delayMs: number; readonly maxDelayMs: number },
  signal: AbortSignal,
): () => void {
  let timer: NodeJS.Timeout | null = null
  let firstMs = 0
  signal.addEventListener('abort', () => timer !== null && clearTimeout(timer), { once: true })
  return () => {
    if (signal.aborted) return
    const nowMs = performance.now()
    if (timer === null) firstMs = nowMs
    else clearTimeout(timer)
    const run = (): void => {
      timer = null
      act()
    }
    timer = setTimeout(run, Math.max(0, Math.min(delayMs, firstMs + maxDelayMs - nowMs)))
  }
}
