import type { Health, HealthCheck, ProbeResult } from '../model/health.ts'

/** As many results as Docker keeps. */
const keptResults = 5

/**
 * What a result makes of it: one success is health, `retries` failures in a row are the end of it. A failure in the start period of a
 * container that was never well doesn't count.
 */
export function afterProbe(check: HealthCheck, before: Health, result: ProbeResult, startedAtMs: number): Health {
  const log = [...before.log, result].slice(-keptResults)
  if (result.exitCode === 0) return changed(before, 'healthy', 0, log, result.endMs)
  const isForgiven = before.status === 'starting' && result.startMs - startedAtMs < check.startPeriodMs
  const streak = before.failingStreak + (isForgiven ? 0 : 1)
  const status = streak >= check.retries ? 'unhealthy' : before.status
  return changed(before, status, streak, log, result.endMs)
}

const changed = (
  before: Health,
  status: Health['status'],
  failingStreak: number,
  log: Health['log'],
  atMs: number,
): Health => ({ status, sinceMs: status === before.status ? before.sinceMs : atMs, failingStreak, log })

/** From the end of the last probe of this run, or its start, to the next one's: the start interval as long as it is starting up. */
export function nextProbeAtMs(check: HealthCheck, health: Health, startedAtMs: number, nowMs: number): number {
  const isStartingUp = health.status === 'starting' && nowMs - startedAtMs < check.startPeriodMs
  const intervalMs = isStartingUp ? check.startIntervalMs : check.intervalMs
  const last = health.log.at(-1)
  const atMs = (last === undefined || last.endMs < startedAtMs ? startedAtMs : last.endMs) + intervalMs
  // further away than an interval: the clock was set back
  return atMs - nowMs > intervalMs ? nowMs : atMs
}
