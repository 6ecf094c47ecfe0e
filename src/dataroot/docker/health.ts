import type { DeclaredHealth, Health, ProbeResult } from '../../model/health.ts'
import { healthCheckOf } from '../../model/health.ts'
import type { ImageConfig } from '../../model/image-config.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { timeText } from '../files/go-time.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { readHealth } from '../records/health.ts'
import type { DockerState } from './state.ts'

/**
 * `State.Health` as dockerd has it: of a stopped container the last results stay. Of probes that only we can make nothing stays then,
 * since nobody else would ever say otherwise.
 */
export function dockerHealth(
  paths: DataRootPaths,
  { id, run, declaration }: ContainerRecord,
  image: ImageConfig | null,
  state: DockerState,
) {
  const check = healthCheckOf(declaration.health, image?.defaults ?? null)
  const isRunning = state.status === 'running'
  if (check === null || run === null || (!isRunning && check.probe.kind !== 'command')) return null
  const { ofRun, log } = readHealth(paths, id, run.process)
  const { status, failingStreak }: Pick<Health, 'status' | 'failingStreak'> = ofRun ?? {
    status: 'starting',
    failingStreak: 0,
  }
  return {
    Status: isRunning ? status : 'unhealthy',
    FailingStreak: failingStreak,
    Log: log.map(resultOf),
  }
}

const resultOf = ({ startMs, endMs, exitCode, output }: ProbeResult) => ({
  Start: timeText(startMs),
  End: timeText(endMs),
  ExitCode: exitCode,
  Output: output,
})

/** `Config.Healthcheck`: what the manifest says goes before the image's; a probe that docker has no word for turns that off. Zeros are left out. */
export function dockerHealthcheck(declared: DeclaredHealth | undefined, image: ImageConfig | null) {
  const ofImage = image?.defaults.healthcheck ?? null
  if (declared === undefined && ofImage === null) return {}
  const probe = declared?.probe ?? null
  if (probe !== null && probe.kind !== 'command') return ofImage === null ? {} : { Healthcheck: { Test: ['NONE'] } }
  const ns = (ms: number | null | undefined, imageNs: number | undefined) =>
    ms === null || ms === undefined ? (imageNs ?? 0) : Math.round(ms * 1e6)
  const fields = [
    ['Test', probe?.test ?? ofImage?.test ?? []],
    ['Interval', ns(declared?.intervalMs, ofImage?.intervalNs)],
    ['Timeout', ns(declared?.timeoutMs, ofImage?.timeoutNs)],
    ['StartPeriod', ns(declared?.startPeriodMs, ofImage?.startPeriodNs)],
    ['StartInterval', ns(declared?.startIntervalMs, ofImage?.startIntervalNs)],
    ['Retries', declared?.retries ?? ofImage?.retries ?? 0],
  ] as const
  return { Healthcheck: Object.fromEntries(fields.filter(([, value]) => value !== 0)) }
}
