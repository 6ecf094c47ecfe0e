import type { DeclaredHealth, HealthRecord, ProbeResult } from '../../model/health.ts'
import { healthStatuses } from '../../model/health.ts'
import {
  count,
  list,
  matching,
  nullable,
  number,
  object,
  oneOf,
  text,
  union,
  versionOne,
  whole,
} from '../files/shape.ts'
import type { Shape } from '../files/shape.ts'

const endpoint = { host: text, port: count }

type Declared = NonNullable<DeclaredHealth['probe']>
type Of<K extends Declared['kind']> = Extract<Declared, { kind: K }>

/** As a container's record has it. */
export const healthShape: Shape<DeclaredHealth> = object({
  probe: nullable(
    union<Declared>('kind', {
      none: object<Of<'none'>>({ kind: oneOf('none') }),
      command: object<Of<'command'>>({ kind: oneOf('command'), test: list(text) }),
      http: object<Of<'http'>>({ kind: oneOf('http'), ...endpoint, path: text }),
      tcp: object<Of<'tcp'>>({ kind: oneOf('tcp'), ...endpoint }),
    }),
  ),
  intervalMs: nullable(number),
  timeoutMs: nullable(number),
  startPeriodMs: nullable(number),
  startIntervalMs: nullable(number),
  retries: nullable(count),
  onUnhealthy: oneOf('restart', 'recreate', 'none'),
})

const ticks = matching(/^\d{1,20}$/, 'a decimal number in a string')

export const healthRecordShape: Shape<HealthRecord> = object({
  version: versionOne,
  process: object<HealthRecord['process']>({ pid: count, startTicks: ticks, bootId: text }),
  status: oneOf(...healthStatuses),
  sinceMs: count,
  failingStreak: count,
  log: list(object<ProbeResult>({ startMs: count, endMs: count, exitCode: whole, output: text })),
})
