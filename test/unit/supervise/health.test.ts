import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type Health, type HealthCheck, healthCheckOf, newHealth } from '../../../src/model/health.ts'
import { afterProbe, nextProbeAtMs } from '../../../src/supervise/health.ts'

const startedAtMs = 100_000
const check = (wish: Partial<HealthCheck> = {}): HealthCheck => ({
  probe: { kind: 'command', test: ['CMD', 'true'] },
  shell: ['/bin/sh', '-c'],
  intervalMs: 10_000,
  timeoutMs: 3000,
  startPeriodMs: 0,
  startIntervalMs: 1000,
  retries: 3,
  ...wish,
})

/** Probes that end a second apart with these codes, the first one a second after the start. */
function after(codes: readonly number[], rule = check()): Health {
  return codes.reduce(
    (health, exitCode, i) => {
      const startMs = startedAtMs + 1000 * (i + 1)
      return afterProbe(rule, health, { startMs, endMs: startMs + 500, exitCode, output: `${i}` }, startedAtMs)
    },
    newHealth(startedAtMs, []),
  )
}

const word = ({ status, failingStreak }: Health) => `${status} ${failingStreak}`

test('a container is starting until one probe succeeds, or as many as its retries fail in a row', () => {
  equal(word(after([])), 'starting 0')
  equal(word(after([0])), 'healthy 0')
  equal(word(after([1, 1])), 'starting 2')
  equal(word(after([1, -1, 137])), 'unhealthy 3')
})

test('a healthy one is unhealthy after as many failures in a row, and one success makes it healthy again', () => {
  equal(word(after([0, 1, 1])), 'healthy 2')
  equal(word(after([0, 1, 1, 0, 1, 1])), 'healthy 2')
  equal(word(after([0, 1, 1, 1])), 'unhealthy 3')
  equal(word(after([0, 1, 1, 1, 0])), 'healthy 0')
})

test('failures in the start period do not count, unless it was healthy before', () => {
  const patient = check({ startPeriodMs: 4500 })
  equal(word(after([1, 1, 1, 1], patient)), 'starting 0')
  equal(word(after([1, 1, 1, 1, 1, 1, 1], patient)), 'unhealthy 3')
  equal(word(after([0, 1, 1, 1], patient)), 'unhealthy 3')
})

test('it is known since when it is as it is, and what the last five probes said', () => {
  const health = after([0, 1, 1, 1, 1, 1, 1])
  equal(health.sinceMs, startedAtMs + 4500)
  deepEqual(
    health.log.map(({ output }) => output),
    ['2', '3', '4', '5', '6'],
  )
})

test('a new run begins as starting, and keeps the log of the run before', () => {
  const { log } = after([0, 1])
  deepEqual(newHealth(500_000, log), { status: 'starting', sinceMs: 500_000, failingStreak: 0, log })
})

test('the first probe comes an interval after the start, each other one an interval after the end of the last', () => {
  equal(nextProbeAtMs(check(), after([]), startedAtMs, startedAtMs), startedAtMs + 10_000)
  equal(nextProbeAtMs(check(), after([1]), startedAtMs, startedAtMs + 1500), startedAtMs + 11_500)
  // the log of a run before tells nothing of when this one is due
  equal(nextProbeAtMs(check(), newHealth(500_000, after([1]).log), 500_000, 500_000), 510_000)
})

test('in the start period the start interval is waited, until it is healthy', () => {
  const patient = check({ startPeriodMs: 60_000 })
  equal(nextProbeAtMs(patient, after([1], patient), startedAtMs, startedAtMs + 1500), startedAtMs + 2500)
  equal(nextProbeAtMs(patient, after([0], patient), startedAtMs, startedAtMs + 1500), startedAtMs + 11_500)
  equal(nextProbeAtMs(patient, after([1], patient), startedAtMs, startedAtMs + 60_000), startedAtMs + 11_500)
})

test('after the clock was set back a probe is due at once', () => {
  equal(nextProbeAtMs(check(), after([1]), startedAtMs, 5000), 5000)
})

const ofImage = {
  healthcheck: {
    test: ['CMD-SHELL', 'curl localhost'],
    intervalNs: 5e9,
    timeoutNs: 0,
    startPeriodNs: 0,
    startIntervalNs: 0,
    retries: 0,
  },
  shell: ['/bin/ash', '-c'],
}
const silent = { probe: null, intervalMs: null, timeoutMs: null, startPeriodMs: null, startIntervalMs: null }
const declared = { ...silent, retries: null, onUnhealthy: 'restart' } as const

test("the manifest's fields go before the image's, and those before docker's defaults", () => {
  equal(healthCheckOf(undefined, null), null)
  equal(healthCheckOf(undefined, { healthcheck: null, shell: null }), null)
  deepEqual(healthCheckOf(undefined, ofImage), {
    probe: { kind: 'command', test: ['CMD-SHELL', 'curl localhost'] },
    shell: ['/bin/ash', '-c'],
    intervalMs: 5000,
    timeoutMs: 30_000,
    startPeriodMs: 0,
    startIntervalMs: 5000,
    retries: 3,
  })
  equal(healthCheckOf({ ...declared, intervalMs: 1000 }, ofImage)?.intervalMs, 1000)
  const own = { kind: 'command', test: ['CMD', 'true'] } as const
  deepEqual(healthCheckOf({ ...declared, probe: own }, ofImage)?.probe, own)
  equal(healthCheckOf({ ...declared, probe: own }, ofImage)?.intervalMs, 5000)
})

test("a probe that is not a command takes none of the image's times, and an image's check can be turned off", () => {
  const tcp = { kind: 'tcp', host: 'localhost', port: 80 } as const
  equal(healthCheckOf({ ...declared, probe: tcp }, ofImage)?.intervalMs, 30_000)
  equal(healthCheckOf({ ...declared, probe: { kind: 'none' } }, ofImage), null)
  equal(healthCheckOf(undefined, { ...ofImage, healthcheck: { ...ofImage.healthcheck, test: ['NONE'] } }), null)
})
