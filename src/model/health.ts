import type { ImageDefaults } from './image-config.ts'
import type { ProcessIdentity } from './identity.ts'

/** Where a connection in the container's network leads; `host` is `localhost` or an address. */
export type Endpoint = { readonly host: string; readonly port: number }

/** One look at whether a container is well. */
export type Probe =
  /** as Docker writes it: `CMD` and words, or `CMD-SHELL` and a text for its shell; 0 is health */
  | { readonly kind: 'command'; readonly test: readonly string[] }
  /** an answer from 200 to 399 is health */
  | ({ readonly kind: 'http'; readonly path: string } & Endpoint)
  /** that something listens is health */
  | ({ readonly kind: 'tcp' } & Endpoint)

export type OnUnhealthy = 'restart' | 'recreate' | 'none'

/** What a manifest says. Times and retries null: what the image says, where the probe is its own, else Docker's default. */
export type DeclaredHealth = {
  /** null: the image's */
  readonly probe: Probe | { readonly kind: 'none' } | null
  readonly intervalMs: number | null
  readonly timeoutMs: number | null
  readonly startPeriodMs: number | null
  readonly startIntervalMs: number | null
  readonly retries: number | null
  readonly onUnhealthy: OnUnhealthy
}

/** What is asked of a container, and how often. */
export type HealthCheck = {
  readonly probe: Probe
  /** before CMD-SHELL's text */
  readonly shell: readonly string[]
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly startPeriodMs: number
  readonly startIntervalMs: number
  readonly retries: number
}

export const healthStatuses = ['starting', 'healthy', 'unhealthy'] as const
export type HealthStatus = (typeof healthStatuses)[number]

export type ProbeResult = {
  readonly startMs: number
  readonly endMs: number
  /** -1: it had no time left, or could not be made */
  readonly exitCode: number
  readonly output: string
}

export type Health = {
  readonly status: HealthStatus
  readonly sinceMs: number
  readonly failingStreak: number
  /** the last five, also of runs before; oldest first */
  readonly log: readonly ProbeResult[]
}

/** `containers/<id>/health.json`: of which run it is said. */
export type HealthRecord = { readonly version: 1; readonly process: ProcessIdentity } & Health

/** `recorded`: the status that Docker's files and the history know of. */
export type SeenHealth = Health & { readonly check: HealthCheck; readonly recorded: HealthStatus }

/** Of a run that has just begun; what its predecessors were told stays in the log. */
export const newHealth = (startedAtMs: number, log: readonly ProbeResult[]): Health => ({
  status: 'starting',
  sinceMs: startedAtMs,
  failingStreak: 0,
  log,
})

const secondMs = 1000
/** Docker's. */
const defaults = { interval: 30, timeout: 30, startPeriod: 0, startInterval: 5, retries: 3 }
const usualShell = ['/bin/sh', '-c']

type Image = Pick<ImageDefaults, 'healthcheck' | 'shell'> | null

/** The manifest's and the image's word as one, field by field as Docker does it; null: nothing is asked of it. */
export function healthCheckOf(declared: DeclaredHealth | undefined, image: Image): HealthCheck | null {
  const ofImage = image?.healthcheck ?? null
  const probe = declared?.probe ?? probeOfImage(ofImage)
  if (probe === null || probe.kind === 'none') return null
  // an image's times are those of its own command
  const base = probe.kind === 'command' ? ofImage : null
  const time = (own: number | null | undefined, imageNs: number | undefined, seconds: number): number =>
    own ?? (imageNs ? imageNs / 1e6 : seconds * secondMs)
  return {
    probe,
    shell: image?.shell ?? usualShell,
    intervalMs: time(declared?.intervalMs, base?.intervalNs, defaults.interval),
    timeoutMs: time(declared?.timeoutMs, base?.timeoutNs, defaults.timeout),
    startPeriodMs: time(declared?.startPeriodMs, base?.startPeriodNs, defaults.startPeriod),
    startIntervalMs: time(declared?.startIntervalMs, base?.startIntervalNs, defaults.startInterval),
    retries: declared?.retries ?? (base?.retries || defaults.retries),
  }
}

function probeOfImage(healthcheck: ImageDefaults['healthcheck']): Probe | null {
  const [form, ...rest] = healthcheck?.test ?? []
  const isCommand = (form === 'CMD' || form === 'CMD-SHELL') && rest.length > 0
  return isCommand ? { kind: 'command', test: healthcheck?.test ?? [] } : null
}

export const onUnhealthyOf = ({ health }: { readonly health?: DeclaredHealth | undefined }): OnUnhealthy =>
  health?.onUnhealthy ?? 'restart'
