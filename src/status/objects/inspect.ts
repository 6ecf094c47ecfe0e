import { fullName } from '../../model/identity.ts'
import { declaredLimit, type LimitField, limitFields, limitNames, limitOf, type Limits } from '../../model/limits.ts'
import type { HistoryEntry } from '../../model/record.ts'
import { driftNames } from './drifted.ts'
import { envObject } from '../text/env.ts'
import { fieldRows, type Wanted } from './fields.ts'
import { dockerMounts } from './mounts.ts'
import type { Show } from '../text/show.ts'
import { type PsEntry, stateText } from './state-word.ts'

/** What inspect tells beside the container itself; paths are handed in because only others know them. */
export type InspectFacts = {
  readonly entry: PsEntry
  readonly history: readonly HistoryEntry[]
  /** what the manifest asks for now */
  readonly wanted: Wanted
  /** where the kernel keeps a limit of this container; null: nowhere here */
  readonly limitFile: (field: LimitField) => string | null
  /** the host's directory of a volume */
  readonly volumePath: (name: string) => string
  readonly logPath: string
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * All facts of one container, for `reconcile inspect`. Stable names; bytes, µs and counts as numbers, null = unlimited:
 * `id name state pid startedAt exit phase createdAt source commit image declared desired recorded kernel fields health hold drift usage mounts
 * restarts watch logPath history`. `kernel.<limit>` is `{ value, file }`; `fields.<name>` is
 * `{ desired, recorded, kernel, drifted }` of limits, mounts and all else, as people read it.
 */
export function inspectObject(facts: InspectFacts, show: Show): { readonly [key: string]: Json } {
  const { entry } = facts
  const { container } = entry
  const phase = container.phase.known ? container.phase.value : null
  const drifted = driftNames(container)
  return asJson({
    id: container.id,
    name: fullName(container.declaration.name),
    state: stateText(entry, show.nowMs),
    phase: phase?.phase ?? 'unknown',
    phaseUnknownBecause: container.phase.known ? null : container.phase.why,
    pid: phase?.phase === 'running' ? phase.process.pid : null,
    startedAt: phase !== null && 'startedAtMs' in phase ? isoTime(phase.startedAtMs) : null,
    exit: phase?.phase === 'exited' ? { ...phase.exit, at: isoTime(phase.exit.atMs) } : null,
    createdAt: isoTime(container.createdAtMs),
    source: container.origin,
    commit: entry.commit,
    image: container.image,
    declared: declaredObject(container.declaration, show.showValues),
    desired: facts.wanted === null ? null : limitsObject(facts.wanted.limits),
    recorded: limitsObject(container.recordedLimits),
    kernel: kernelObject(facts),
    fields: Object.fromEntries(fieldRows(container, facts.wanted).map(({ field, ...values }) => [field, values])),
    health: healthObject(container),
    hold: container.hold ?? null,
    drift: drifted === null ? null : drifted.known ? drifted.value : drifted.why,
    usage: { memory: entry.memoryUsedBytes, pids: entry.pidsUsed },
    networks: container.endpoints ?? {},
    ports: container.declaration.ports ?? [],
    mounts: dockerMounts(container, facts.volumePath),
    restarts: container.restarts,
    watch: entry.watch,
    logPath: facts.logPath,
    history: facts.history,
  })
}

/** `{ status, since, failingStreak, check, log: [{ start, end, exitCode, output }] }`; null: it has no check, or does not run. */
export function healthObject({ health }: PsEntry['container']): Json {
  if (health === undefined) return null
  const { status, sinceMs, failingStreak, check, log } = health
  return asJson({
    status,
    since: isoTime(sinceMs),
    failingStreak,
    check,
    log: log.map(({ startMs, endMs, ...rest }) => ({ start: isoTime(startMs), end: isoTime(endMs), ...rest })),
  })
}

/** A declaration with its env values hidden unless they may be shown. */
const declaredObject = (
  declaration: PsEntry['container']['declaration'],
  showValues: boolean,
): { readonly [key: string]: Json } =>
  asJson({
    ...declaration,
    name: fullName(declaration.name),
    limits: Object.fromEntries(limitFields.map(field => [limitNames[field], declaredLimit(declaration.limits, field)])),
    spec: { ...declaration.spec, env: envObject(declaration.spec.env, showValues) },
  })

/** Limits by the manifest's words. */
export const limitsObject = (limits: Limits): Readonly<Record<string, number | string | null>> =>
  Object.fromEntries(limitFields.map(field => [limitNames[field], limitOf(limits, field)]))

function kernelObject({ entry, limitFile }: InspectFacts): Record<string, { value: Json; file: string | null }> {
  const limits = entry.container.kernelLimits
  return Object.fromEntries(
    limitFields.map(field => [
      limitNames[field],
      { value: limits?.known ? limitOf(limits.value, field) : null, file: limits === null ? null : limitFile(field) },
    ]),
  )
}

export const isoTime = (ms: number): string | null => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** Plain data as JSON will have it. */
const asJson = (value: object): { readonly [key: string]: Json } => JSON.parse(JSON.stringify(value))
