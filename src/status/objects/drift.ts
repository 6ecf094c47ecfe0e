import type { DesiredContainer, DesiredState } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'
import { limitNames, limitOf, normalise } from '../../model/limits.ts'
import { repairOf } from '../../model/mount-drift.ts'
import { exitCode, type ObservedContainer, type ObservedNetwork, type ObservedState } from '../../model/observed.ts'
import type { Blocked, LeftAlone, Plan } from '../../model/plan.ts'
import { columns } from '../text/columns.ts'
import type { Drift } from './drift-row.ts'
import { deviationsFrom, driftedFields, mountName } from './drifted.ts'
import { linkDrifts, networkDrifts, networksConcerned, rulesetDrift, serviceDrifts } from './network-drift.ts'
import { driftWords, editText, foundText, wantedText } from '../text/mount-words.ts'
import { ulimitText } from '../../model/deviations.ts'
import { driftRules } from '../../model/drift-classes.ts'
import type { Deviation } from '../../model/run-facts.ts'
import { paintMark } from '../text/paint.ts'
import type { Show } from '../text/show.ts'
import { limitText } from '../text/units.ts'
import { refusalText } from '../passes/waiting.ts'
import { counted, exitText } from '../text/words.ts'

export type DriftReport = {
  readonly drifts: readonly Drift[]
  /** what can't be judged, and why */
  readonly unreadable: readonly Unreadable[]
  /** containers */
  readonly drifted: number
  /** declared containers that are on this host */
  readonly total: number
  /** declared networks, and those that these containers are on */
  readonly networks: { readonly drifted: number; readonly total: number }
}

type Unreadable = { readonly kind: Drift['kind']; readonly name: string; readonly why: string }

/**
 * Where the kernel differs from what was last applied, over the declared containers that are on this host. `blocked`:
 * what a plan from the same states refuses, so that no repair is promised that no pass makes.
 */
export function driftReport(
  desired: Pick<DesiredState, 'containers' | 'networks'>,
  observed: ObservedState,
  { blocked = [], left = [], steps = [] }: Partial<Pick<Plan, 'blocked' | 'left' | 'steps'>> = {},
): DriftReport {
  const pairs = desired.containers.flatMap(wanted => {
    const container = candidate(fullName(wanted.name), observed)
    return container === null ? [] : [{ wanted, container }]
  })
  const all = pairs.flatMap(({ wanted, container }) => [
    ...stateDrift(wanted, container, refusalOf(container, blocked)),
    ...limitDrifts(wanted, container, observed),
    ...mountDrifts(container),
    ...deviationDrifts(container),
  ])
  const containers = pairs.map(({ container }) => container)
  const networks = networksConcerned(desired, observed, containers)
  const ofContainers = [...all, ...containers.flatMap(linkDrifts), ...containers.flatMap(serviceDrifts)].map(drift =>
    leftAsItIs(drift, left),
  )
  const ofNetworks = networkDrifts(networks)
  return {
    drifts: [...ofContainers, ...ofNetworks, ...rulesetDrift(observed, steps)],
    unreadable: [...containers.flatMap(unreadableParts), ...unreadableNetworks(networks, observed)],
    drifted: idsOf(ofContainers).size,
    total: pairs.length,
    networks: { drifted: idsOf(ofNetworks).size, total: networks.length },
  }
}

const idsOf = (drifts: readonly Drift[]): ReadonlySet<string> => new Set(drifts.map(({ id }) => id))

/** The running one of this name, else any. */
function candidate(name: string, observed: ObservedState): ObservedContainer | null {
  const named = observed.containers.filter(container => fullName(container.declaration.name) === name)
  return named.find(isRunning) ?? named[0] ?? null
}

const refusalOf = (container: ObservedContainer, blocked: readonly Blocked[]): Blocked['refusal'] | null =>
  blocked.find(({ subject }) => subject.kind === 'container' && subject.name === fullName(container.declaration.name))
    ?.refusal ?? null

const isRunning = ({ phase }: ObservedContainer) => phase.known && phase.value.phase === 'running'

const about = (container: ObservedContainer) => ({
  kind: 'container' as const,
  name: fullName(container.declaration.name),
  id: container.id,
})

function limitDrifts(wanted: DesiredContainer, container: ObservedContainer, observed: ObservedState): Drift[] {
  const { kernelLimits, recordedLimits } = container
  const drifted = driftedFields(container)
  if (drifted === null || !drifted.known || !kernelLimits?.known) return []
  const { limits } = normalise(wanted.limits, observed.kernel)
  return drifted.value.map(field => {
    const desired = limitText(field, limitOf(limits, field))
    return {
      ...about(container),
      field: limitNames[field],
      desired,
      recorded: limitText(field, limitOf(recordedLimits, field)),
      kernel: limitText(field, limitOf(kernelLimits.value, field)),
      repair: `in place: write ${desired}${limits[field] === recordedLimits[field] ? ' back' : ''}`,
      blocked: false,
    }
  })
}

function mountDrifts(container: ObservedContainer): Drift[] {
  const drifts = container.mountDrifts
  if (drifts === undefined || !drifts.known) return []
  return drifts.value.map(drift => {
    const edit = repairOf(drift)
    return {
      ...about(container),
      field: mountName(drift),
      desired: wantedText(drift),
      recorded: wantedText(drift),
      kernel: foundText(drift),
      repair: edit === null ? `blocked: ${driftWords(drift)}` : `in place: ${editText(edit)}`,
      blocked: edit === null,
    }
  })
}

function deviationDrifts(container: ObservedContainer): Drift[] {
  const deviations = deviationsFrom(container)
  if (!deviations?.known) return []
  return deviations.value.map(deviation => {
    const { field, desired, recorded, kernel, kind } = deviation
    const blocked = driftRules[kind].class === 'report'
    return { ...about(container), field, desired, recorded, kernel, repair: healText(deviation), blocked }
  })
}

function healText({ repair, kind }: Deviation): string {
  switch (repair?.what) {
    case 'rejoinCgroups':
      return 'in place: move back'
    case 'freeze':
      return 'in place: freeze'
    case 'thaw':
      return 'in place: thaw'
    case 'setUlimit':
      return `in place: set ${ulimitText(repair)}`
    case 'setOomScore':
      return `in place: write ${repair.value} back`
    case 'setHostname':
    case 'setDomainname':
      return `in place: name it ${repair.name || 'none'}`
    case undefined:
      return driftRules[kind].class === 'restart' ? 'restart' : 'reported only'
  }
}

/** No repair is promised of what is left on purpose. */
function leftAsItIs(drift: Drift, left: readonly LeftAlone[]): Drift {
  const why = left.find(({ subject, why: cause }) => {
    if (subject.kind !== 'container' || subject.name !== drift.name) return false
    return cause.code === 'hold' || ('fields' in cause && cause.fields.includes(drift.field))
  })
  if (why === undefined) return drift
  const repair = why.why.code === 'hold' ? 'held: left alone' : why.why.code === 'report' ? 'reported only' : 'fighting'
  return { ...drift, repair, blocked: true }
}

/** A process that is gone and should run; the end of a one-shot, or after the last try, is a result, not drift. */
function stateDrift(
  wanted: DesiredContainer,
  container: ObservedContainer,
  refusal: Blocked['refusal'] | null,
): Drift[] {
  if (wanted.state === 'stopped' || !container.phase.known) return []
  const phase = container.phase.value
  if (phase.phase !== 'exited' && phase.phase !== 'created') return []
  const { policy } = container.declaration.restart
  if (refusal?.code === 'failed' || refusal?.code === 'restarts-exhausted') return []
  if (phase.phase === 'exited' && (policy === 'no' || (policy === 'on-failure' && exitCode(phase.exit) === 0)))
    return []
  const recorded = container.declaration.state
  return [
    {
      ...about(container),
      field: 'state',
      desired: 'running',
      recorded,
      kernel: phase.phase === 'exited' ? exitText(phase.exit) : 'not started',
      repair: refusal === null ? startText(container) : `blocked: ${refusalText(refusal)}`,
      blocked: refusal !== null,
    },
  ]
}

const startText = ({ restarts }: ObservedContainer): string =>
  restarts.failedStart === null ? 'start again' : `start again; the last start failed: ${restarts.failedStart.message}`

function unreadableParts(container: ObservedContainer): Unreadable[] {
  const { kind, name } = about(container)
  const { phase, kernelLimits, mountDrifts = null, look = null, linkFaults = null, serviceFaults = null } = container
  if (!phase.known) return [{ kind, name, why: phase.why }]
  return [kernelLimits, mountDrifts, look, linkFaults, serviceFaults].flatMap(fact =>
    fact === null || fact.known ? [] : [{ kind, name, why: fact.why }],
  )
}

function unreadableNetworks(networks: readonly ObservedNetwork[], { ruleset }: ObservedState): Unreadable[] {
  const own = networks.flatMap(({ name, faults }): Unreadable[] =>
    faults === undefined || faults.known ? [] : [{ kind: 'network', name, why: faults.why }],
  )
  const rules = networks.length > 0 && ruleset !== undefined && !ruleset.known ? [ruleset.why] : []
  return [...own, ...rules.map(why => ({ kind: 'ruleset' as const, name: 'nftables', why }))]
}

/** kind, name, field, desired, recorded, kernel, repair */
const layout = [9, 5, 0, 0, 0, 0].map((least, i) => ({ least, gap: i === 0 ? 1 : i === 1 ? 2 : 3 }))

export function driftText(report: DriftReport, show: Show): string {
  const rows = report.drifts.map(drift => [
    drift.kind,
    drift.name,
    drift.field,
    `desired ${drift.desired}`,
    `recorded ${drift.recorded}`,
    `kernel ${drift.kernel}`,
    drift.repair,
  ])
  const unreadable = report.unreadable.map(({ kind, name, why }) => [kind, name, `not readable: ${why}`])
  const lines = columns([...rows, ...unreadable], layout)
  return [
    ...lines.map((line, i) => `${paintMark(i < rows.length ? '!' : 'x', show.paint, 3)} ${line}`),
    closingLine(report),
  ].join('\n')
}

function closingLine(report: DriftReport): string {
  const { drifts, total, unreadable, networks } = report
  const told = partsDrifted(report)
  if (told.length > 0) {
    const isOne = told.length === 1 && idsOf(drifts).size === 1
    const left = idsOf(drifts.filter(drift => drift.blocked)).size
    const repaired = left === 0 ? (isOne ? 'it' : 'them') : `all but ${left}`
    const repair = left === idsOf(drifts).size ? '' : ` \`reconcile --once\` repairs ${repaired}.`
    return `${told.join(' and ')} ${isOne ? 'has' : 'have'} drifted.${repair}`
  }
  const all = [counted(total, 'container'), ...(networks.total === 0 ? [] : [counted(networks.total, 'network')])]
  if (unreadable.length > 0) return `${unreadable.length} of ${all.join(' and ')} can't be judged.`
  return `nothing has drifted: ${all.join(' and ')} ${total === 1 && all.length === 1 ? 'is' : 'are'} as last applied`
}

/** `1 of 2 containers`, `1 of 1 network`, `the packet filter` */
function partsDrifted({ drifts, drifted, total, networks }: DriftReport): string[] {
  return [
    ...(drifted > 0 ? [`${drifted} of ${counted(total, 'container')}`] : []),
    ...(networks.drifted > 0 ? [`${networks.drifted} of ${counted(networks.total, 'network')}`] : []),
    ...(drifts.some(({ kind }) => kind === 'ruleset') ? ['the packet filter'] : []),
  ]
}
