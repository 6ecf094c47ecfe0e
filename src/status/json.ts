import { declaredNetworks, isDefaultNetwork } from '../model/default-networks.ts'
import type { DesiredState, Problem } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import { limitNames } from '../model/limits.ts'
import type { ObservedState } from '../model/observed.ts'
import type { StepOutcome } from '../model/outcome.ts'
import type { LimitChange, Plan, Reason, Step } from '../model/plan.ts'
import type { RevisionState } from '../model/repository.ts'
import { driftNames } from './objects/drifted.ts'
import { leftText, leftWord } from './text/left-text.ts'
import { healthObject, isoTime, limitsObject } from './objects/inspect.ts'
import type { Run } from './passes/run.ts'
import { planRows } from './passes/rows.ts'
import { type PsEntry, stateText } from './objects/state-word.ts'
import { verdictOf } from './passes/verdict.ts'
import type { NetworkMembers } from './objects/networks.ts'
import { bridgeName } from '../model/ruleset.ts'
import { pathJson } from './objects/packet-path.ts'
import type { WhyFacts } from './objects/why.ts'
import type { VolumeUse } from './objects/volumes.ts'
import { waitingText, refusalText } from './passes/waiting.ts'
import { reasonText } from './text/words.ts'

/*
 * What `--output json` prints. Names are stable: new ones may come, none goes or changes its meaning. Files are real
 * absolute paths; times are ms since 1970 (`…Ms`) or ISO 8601; null = unlimited or not there. No env values.
 */

/** `{ pending: {create, change, restart, recreate, remove}, steps, waiting, blocked, left, notices, problems }` */
export function planJson(plan: Plan, desired: DesiredState, observed: ObservedState) {
  const pending = { create: 0, change: 0, restart: 0, recreate: 0, remove: 0 }
  for (const row of planRows(plan.steps, observed, false)) pending[row.counts]++
  return { pending, steps: plan.steps.map(stepJson), ...restJson(plan, observed.nowMs), problems: desired.problems }
}

/** `{ id, kind, name, objectId, action, class, reason: {code, text, …}, position, after }` */
function stepJson(step: Step) {
  return {
    id: step.id,
    kind: step.subject.kind,
    name: step.subject.name,
    objectId: step.subject.id,
    action: step.action.kind,
    class: step.class,
    reason: reasonJson(step.reason),
    position: step.position,
    after: step.after,
  }
}

function reasonJson(reason: Reason) {
  const changes = 'changes' in reason ? { changes: reason.changes.map(changeJson) } : {}
  return { ...reason, ...changes, text: reasonText(reason) }
}

/** `kernel` is left out where nothing runs. */
const changeJson = ({ field, ...values }: LimitChange) => ({ field: limitNames[field], ...values })

const restJson = (plan: Plan, nowMs: number) => ({
  waiting: plan.waiting.map(one => ({
    kind: one.subject.kind,
    name: one.subject.name,
    for: one.for,
    text: waitingText(one, nowMs),
  })),
  blocked: plan.blocked.map(one => ({
    kind: one.subject.kind,
    name: one.subject.name,
    refusal: one.refusal,
    text: refusalText(one.refusal),
    position: one.position,
  })),
  left: (plan.left ?? []).map(one => ({
    kind: one.subject.kind,
    name: one.subject.name,
    why: one.why,
    text: `${leftWord(one)}: ${leftText(one, nowMs)}`,
  })),
  notices: plan.notices.map(one => ({
    kind: one.subject.kind,
    name: one.subject.name,
    unenforceable: one.unenforceable.map(({ field, why }) => ({ field: limitNames[field], why })),
    ...(one.withoutNetwork === undefined ? {} : { withoutNetwork: one.withoutNetwork }),
    ...(one.withoutFilter === undefined ? {} : { withoutFilter: one.withoutFilter }),
    position: one.position,
  })),
})

/** A step as it ended: a step, and `result`, `ms`, `pid`, `limitsReadBack`, `warnings`, `error`, `because`. */
export function stepOutcomeJson(outcome: StepOutcome) {
  const step = stepJson(outcome.step)
  switch (outcome.result) {
    case 'done':
      return { ...step, result: 'done', ms: outcome.ms, ...outcome.facts }
    case 'failed':
      return { ...step, result: 'failed', ms: outcome.ms, error: outcome.error }
    case 'skipped':
      return { ...step, result: 'skipped', because: outcome.because }
  }
}

/** `{ verdict, ready, total, failed, notReady, ms, steps, waiting, blocked, left, notices, problems }`: `--once`, `down`. */
export function runJson(run: Run) {
  const { plan, observed, desired } = run.last
  return {
    verdict: verdictOf(run),
    ...run.readiness,
    ms: run.ms,
    steps: run.steps.map(stepOutcomeJson),
    ...restJson(plan, observed.nowMs),
    problems: desired.problems,
  }
}

/**
 * A list of `{ name, id, state, phase, pid, watch, drift, memory: {used, limit}, pids: {…}, restarts, networks: {name:
 * {ipv4, ipv6, interface, networkId}}, ports, image, source, commit }`
 */
export function psJson(entries: readonly PsEntry[], nowMs: number) {
  return entries.map(entry => {
    const { container } = entry
    const phase = container.phase.known ? container.phase.value : null
    const kernel = container.kernelLimits
    const limits = limitsObject(kernel?.known ? kernel.value : container.recordedLimits)
    const drifted = driftNames(container)
    return {
      name: fullName(container.declaration.name),
      id: container.id,
      state: stateText(entry, nowMs),
      phase: phase?.phase ?? 'unknown',
      pid: phase?.phase === 'running' ? phase.process.pid : null,
      startedAt: phase !== null && 'startedAtMs' in phase ? isoTime(phase.startedAtMs) : null,
      exit: phase?.phase === 'exited' ? phase.exit : null,
      watch: entry.watch,
      drift: drifted?.known ? drifted.value : null,
      memory: { used: entry.memoryUsedBytes, limit: limits['memory'] ?? null },
      pids: { used: entry.pidsUsed, limit: limits['pids'] ?? null },
      restarts: container.restarts.count,
      health: container.health?.status ?? null,
      networks: container.endpoints ?? {},
      ports: container.declaration.ports ?? [],
      image: container.image?.reference ?? null,
      source: container.origin,
      commit: entry.commit,
    }
  })
}

/**
 * `{ name, state, commit, health, history: [{at, pass, what, why, position}], plan: null or as of planJson, for this object,
 * ports: [{name, port, published, reachable, firstBroken, hops}] }`
 */
export function whyJson({ entry, history, plan, paths = [] }: Omit<WhyFacts, 'observed'>, nowMs: number) {
  const name = fullName(entry.container.declaration.name)
  const isMine = (item: { readonly subject: Step['subject'] }) =>
    item.subject.kind === 'container' && item.subject.name === name
  return {
    name,
    state: stateText(entry, nowMs),
    commit: entry.commit,
    health: healthObject(entry.container),
    history: history.map(({ atMs, ...line }) => ({ at: isoTime(atMs), ...line })),
    plan: plan === null ? null : planPartJson(plan, isMine, nowMs),
    ports: paths.map(pathJson),
  }
}

function planPartJson(plan: Plan, isMine: (item: { readonly subject: Step['subject'] }) => boolean, nowMs: number) {
  const mine: Plan = {
    steps: plan.steps.filter(isMine),
    waiting: plan.waiting.filter(isMine),
    blocked: plan.blocked.filter(isMine),
    notices: plan.notices.filter(isMine),
    left: (plan.left ?? []).filter(isMine),
  }
  return { steps: mine.steps.map(stepJson), ...restJson(mine, nowMs) }
}

/** `{ revisions: [{ source, describe, seen, applied, forced, trouble }] }`, where a source is a Git repository */
export const revisionsJson = (
  revisions: readonly RevisionState[],
): { readonly revisions?: readonly RevisionState[] } => (revisions.length === 0 ? {} : { revisions })

/** `{ files, containers, volumes, networks, problems }` of `validate` */
export const validateJson = (
  files: number,
  desired: DesiredState,
): {
  readonly files: number
  readonly containers: readonly string[]
  readonly volumes: readonly string[]
  readonly networks: readonly string[]
  readonly problems: readonly Problem[]
} => ({
  files,
  containers: desired.containers.map(container => fullName(container.name)),
  volumes: desired.volumes.map(volume => volume.name),
  networks: declaredNetworks(desired).map(network => network.name),
  problems: desired.problems,
})

/**
 * A list of `{ name, id, bridge, ipv4: {subnet, gateway}, ipv6, masquerade, internal, firewall, mtu, labels, members, unserved, drift, source }` of
 * `networks ls`; `drift`: `{ field, desired, kernel, text }` each, null: not readable; `source` null: a default network
 */
export const networksJson = (uses: readonly NetworkMembers[]) =>
  uses.map(({ network: { faults, origin, filtered = true, ...network }, members, unserved }) => ({
    ...network,
    firewall: filtered ? 'nftables' : 'none',
    bridge: bridgeName(network.id),
    members,
    unserved,
    drift: faults?.known === true ? faults.value : null,
    source: isDefaultNetwork({ origin }) ? null : origin,
  }))

/** A list of `{ name, anonymous, removal, labels, usedBy, source }` of `volumes ls` */
export const volumesJson = (uses: readonly VolumeUse[]) =>
  uses.map(({ volume, usedBy }) => ({
    name: volume.name,
    anonymous: volume.anonymous,
    removal: volume.removal,
    labels: volume.labels,
    usedBy,
    source: volume.origin,
  }))
