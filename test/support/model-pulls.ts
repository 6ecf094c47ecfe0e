import type { ImageConfig } from '../../src/model/image-config.ts'
import type { ObservedImage, ObservedState, PullFailure, PullOperation } from '../../src/model/observed.ts'

/** What a registry has for a reference; so many pulls of it fail first. */
export type Remote = { readonly id: string; readonly takesMs: number; readonly failures: number }
export type Remotes = Readonly<Record<string, Remote>>

type Running = { readonly sinceMs: number; readonly endsAtMs: number }

/** The image stores, which a crash spares, and what one process knows of its pulls, which it doesn't. */
export type ModelPulls = {
  readonly remotes: Remotes
  readonly images: Map<string, ObservedImage>
  readonly running: Map<string, Running>
  readonly failures: Map<string, PullFailure>
  readonly done: Map<string, { readonly atMs: number; readonly id: string }>
  readonly failed: Map<string, number>
  /** when an image that was absent came */
  readonly arrivedAtMs: Map<string, number>
}

export const imageIds = { old: `sha256:${'a'.repeat(64)}`, new: `sha256:${'b'.repeat(64)}` } as const

/** Volumes of the images by their ids; a mount of ours covers `/data/spool` at times. */
const volumesOf: Readonly<Record<string, readonly string[]>> = {
  [imageIds.old]: ['/state'],
  [imageIds.new]: ['/state', '/data/spool/'],
}

/** As they are mounted. */
export const volumeTargets = (id: string): readonly string[] =>
  (volumesOf[id] ?? []).map(path => path.replace(/\/$/, ''))

export const imageOf = (id: string): ObservedImage => ({ state: 'present', id, config: configOf(volumesOf[id] ?? []) })

export const configOf = (volumes: readonly string[]): ImageConfig => ({
  architecture: 'amd64',
  os: 'linux',
  variant: '',
  created: null,
  author: '',
  diffIds: [],
  history: [],
  defaults: {
    user: '',
    exposedPorts: [],
    env: [],
    entrypoint: null,
    command: ['serve'],
    volumes,
    workingDir: '',
    labels: {},
    stopSignal: '',
    stopTimeoutSeconds: null,
    shell: null,
    onBuild: [],
    healthcheck: null,
  },
})

export const modelPulls = (start: ObservedState, remotes: Remotes): ModelPulls => ({
  remotes,
  images: new Map(Object.entries(start.images)),
  running: new Map(),
  failures: new Map(Object.entries(start.pullFailures)),
  done: new Map(Object.entries(start.pullsDone)),
  failed: new Map(),
  arrivedAtMs: new Map(),
})

/** Begins a pull; gives what is wrong with asking for it now, or null. */
export function beginPull(pulls: ModelPulls, reference: string, nowMs: number): string | null {
  const failure = pulls.failures.get(reference)
  const earliestMs = failure === undefined ? 0 : failure.atMs + Math.min(300_000, 5000 * 2 ** (failure.attempts - 1))
  const wrong = pulls.running.has(reference)
    ? 'pulled twice at once'
    : pulls.done.has(reference) && pulls.images.get(reference)?.state === 'present'
      ? 'pulled again'
      : nowMs < earliestMs
        ? 'pulled before its back-off was over'
        : null
  pulls.running.set(reference, { sinceMs: nowMs, endsAtMs: nowMs + (pulls.remotes[reference]?.takesMs ?? 0) })
  return wrong === null ? null : `${reference} ${wrong}`
}

export function endPulls(pulls: ModelPulls, nowMs: number): void {
  for (const [reference, { endsAtMs }] of pulls.running) if (endsAtMs <= nowMs) endPull(pulls, reference, endsAtMs)
}

function endPull(pulls: ModelPulls, reference: string, atMs: number): void {
  pulls.running.delete(reference)
  const remote = pulls.remotes[reference]
  const failed = pulls.failed.get(reference) ?? 0
  if (remote === undefined || failed < remote.failures) {
    pulls.failed.set(reference, failed + 1)
    const attempts = (pulls.failures.get(reference)?.attempts ?? 0) + 1
    pulls.failures.set(reference, { atMs, attempts, message: 'no route to host' })
    return
  }
  pulls.failures.delete(reference)
  pulls.done.set(reference, { atMs, id: remote.id })
  if (pulls.images.get(reference)?.state !== 'present') pulls.arrivedAtMs.set(reference, atMs)
  pulls.images.set(reference, imageOf(remote.id))
}

/** The process is gone, and its pulls with it. */
export function forgetPulls({ running, failures, done }: ModelPulls): void {
  for (const known of [running, failures, done]) known.clear()
}

export const nextPullEndMs = ({ running }: ModelPulls): number[] =>
  [...running.values()].map(({ endsAtMs }) => endsAtMs)

export const seenPulls = (pulls: ModelPulls): Pick<ObservedState, 'images' | 'pullFailures' | 'pullsDone'> => ({
  images: Object.fromEntries(pulls.images),
  pullFailures: Object.fromEntries(pulls.failures),
  pullsDone: Object.fromEntries(pulls.done),
})

export const pullOperations = ({ running }: ModelPulls): PullOperation[] =>
  [...running].map(([reference, { sinceMs }]) => ({ kind: 'pull', reference, sinceMs }))
