const firstRetryMs = 5000
const jitter = 0.1

/**
 * How long until the repository is looked at again: about the interval, so that hosts which began together don't ask
 * together; sooner at first after a failure.
 */
export function pollDelayMs(intervalMs: number, failures: number, random: () => number): number {
  const baseMs = failures === 0 ? intervalMs : Math.min(intervalMs, firstRetryMs * 2 ** Math.min(failures - 1, 10))
  return Math.round(baseMs * (1 - jitter + 2 * jitter * random()))
}
