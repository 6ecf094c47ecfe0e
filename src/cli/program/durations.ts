const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `1m30s`, `500ms`, `2h`: whole milliseconds; null when it is no duration. */
export function parseDurationMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
  }
  return Number.isFinite(totalMs) ? Math.round(totalMs) : null
}

/** A point in time: a duration before now, a date, or seconds since 1970. */
export function parseSinceMs(text: string, nowMs: number): number | null {
  const durationMs = parseDurationMs(text)
  if (durationMs !== null) return nowMs - durationMs
  if (/^\d{1,11}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? null : dateMs
}
