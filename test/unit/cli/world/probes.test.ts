import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { Probes, type ProbeNews } from '../../../../src/cli/world/probes.ts'
import { healthCheckOf, type HealthRecord, newHealth } from '../../../../src/model/health.ts'
import type { ObservedContainer } from '../../../../src/model/observed.ts'
import type { ProbeAnswer } from '../../../../src/runtime/probe.ts'
import { lookOf } from '../../../support/model-looks.ts'
import * as specs from '../../../support/specs.ts'

const declared = {
  probe: { kind: 'tcp', host: 'localhost', port: 80 },
  intervalMs: 1000,
  timeoutMs: 1000,
  startPeriodMs: null,
  startIntervalMs: null,
  retries: 2,
  onUnhealthy: 'none',
} as const

function running(number: number, rest: Partial<ObservedContainer> = {}): ObservedContainer {
  const check = healthCheckOf(declared, null)
  if (check === null) throw new Error('it has one')
  const health = { ...newHealth(specs.startMs, []), check, recorded: 'starting' } as const
  const container = specs.containerOf(`web${number}`, { health: declared })
  return specs.seen(container, specs.runningSince(specs.startMs), { id: specs.idOf(number), health, ...rest })
}

/** A process whose clock the test moves, and whose probes it answers. */
function lab() {
  let nowMs = specs.startMs
  let alarm: { atMs: number; callback: () => void } | null = null
  const asked: { id: string; answer: (answer: ProbeAnswer) => Promise<void>; signal: AbortSignal }[] = []
  const written = new Map<string, HealthRecord>()
  const news: ProbeNews[] = []
  const probes = new Probes({
    nowMs: () => nowMs,
    timers: {
      after: (delayMs, callback) => {
        const own = { atMs: nowMs + delayMs, callback }
        alarm = own
        return () => (alarm = alarm === own ? null : alarm)
      },
    },
    run: (id, _check, signal) => {
      const { promise, resolve } = Promise.withResolvers<ProbeAnswer>()
      const answer = async (value: ProbeAnswer) => {
        resolve(value)
        await new Promise(setImmediate)
      }
      asked.push({ id, answer, signal })
      return promise
    },
    write: (id, record) => void written.set(id, record),
  })
  probes.onNews(one => news.push(one))
  const advance = (ms: number) => {
    const untilMs = nowMs + ms
    while (alarm !== null && alarm.atMs <= untilMs) {
      const { atMs, callback } = alarm
      nowMs = Math.max(nowMs, atMs)
      alarm = null
      callback()
    }
    nowMs = untilMs
  }
  const follow = (containers: readonly ObservedContainer[], isOurs = () => true) =>
    probes.follow(specs.observedOf({ containers }), isOurs)
  return { probes, asked, written, news, advance, follow }
}

const well = { is: 'ended', code: 0, output: 'ok' } as const
const sick = { is: 'ended', code: 1, output: 'no' } as const

test('a container is probed an interval after its start, and its health written down and told', async () => {
  const { asked, written, news, advance, follow } = lab()
  follow([running(1)])
  advance(999)
  equal(asked.length, 0)
  advance(1)
  await asked[0]?.answer(well)
  const result = { startMs: specs.startMs + 1000, endMs: specs.startMs + 1000, exitCode: 0, output: 'ok' }
  deepEqual(written.get(specs.idOf(1))?.log, [result])
  deepEqual(news, [{ id: specs.idOf(1), isOther: true }])
})

test('what was said of a run goes on, whatever a look has read of it meanwhile', async () => {
  const { asked, written, advance, follow, news } = lab()
  follow([running(1)])
  for (const answer of [sick, sick]) {
    advance(1000)
    follow([running(1)])
    await asked.at(-1)?.answer(answer)
  }
  equal(written.get(specs.idOf(1))?.status, 'unhealthy')
  deepEqual(
    news.map(({ isOther }) => isOther),
    [false, true],
  )
})

test('a probe that had no time left, or could not be made, has failed with -1', async () => {
  const { asked, written, advance, follow } = lab()
  follow([running(1)])
  advance(1000)
  await asked[0]?.answer({ is: 'timeout', output: 'half' })
  advance(1000)
  await asked[1]?.answer({ is: 'failed', message: 'no such program' })
  deepEqual(
    written.get(specs.idOf(1))?.log.map(({ exitCode, output }) => [exitCode, output]),
    [
      [-1, 'Health check exceeded timeout (1s): half'],
      [-1, 'no such program'],
    ],
  )
})

test('one that says nothing of health is no result, and is made again an interval later', async () => {
  const { asked, written, advance, follow } = lab()
  follow([running(1)])
  advance(1000)
  await asked[0]?.answer({ is: 'void', message: 'it has ended' })
  equal(written.size, 0)
  advance(999)
  equal(asked.length, 1)
  advance(1)
  equal(asked.length, 2)
})

test('a container has one probe at a time, and all together have 32; who waits longest goes first', async () => {
  const { asked, advance, follow } = lab()
  const all = Array.from({ length: 40 }, (_, i) => running(i + 1))
  follow(all)
  advance(5000)
  equal(asked.length, 32)
  await asked[0]?.answer(well)
  advance(0)
  equal(asked[32]?.id, specs.idOf(33))
})

test('what stands still, is being stopped or belongs to another process is not probed', () => {
  const { probes, asked, advance, follow } = lab()
  const frozen = running(1, { look: { known: true, value: lookOf({ frozen: true }) } })
  const stop = { kind: 'stop', containerId: specs.idOf(2), sinceMs: specs.startMs, graceMs: 10_000 } as const
  probes.follow(specs.observedOf({ containers: [frozen, running(2)], operations: [stop] }), () => true)
  advance(5000)
  follow([running(3)], () => false)
  advance(5000)
  equal(asked.length, 0)
})

test('what is over when a process ends is not waited for', async () => {
  const { probes, asked, written, advance, follow } = lab()
  follow([running(1)])
  advance(1000)
  probes.close()
  equal(asked[0]?.signal.aborted, true)
  await asked[0]?.answer(well)
  equal(written.size, 0)
})
