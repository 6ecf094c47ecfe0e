import { exitCode, type Exit, type ImageUse } from '../../src/model/observed.ts'
import type { Action } from '../../src/model/action.ts'
import type { Position, Subject } from '../../src/model/identity.ts'
import { mountsToChange, obstacleText } from '../../src/status/text/mount-change-words.ts'
import { limitNames } from '../../src/model/limits.ts'
import { portText } from '../../src/model/network.ts'
import { endpointsText, networkRefusalText } from '../../src/status/text/network-words.ts'
import type { Blocked, Limit, LimitChange, Plan, Reason, Step, Waiting } from '../../src/model/plan.ts'

/** A plan as bare text: `[after] #id subject: action, reason at file:line:column [class]`. */
export const planLines = (plan: Plan): string =>
  [
    ...plan.steps.map(stepLine),
    ...plan.waiting.map(waitingLine),
    ...plan.blocked.map(blockedLine),
    ...plan.notices.map(one => `notice ${about(one.subject)}: ${noticeText(one)}${at(one.position)}`),
    ...(plan.left ?? []).map(({ subject, why }) => `left ${about(subject)}: ${Object.values(why).join(' ')}`),
  ].join('\n')

function noticeText(one: Plan['notices'][number]): string {
  const { withoutNetwork, withoutFilter } = one
  if (withoutFilter !== undefined) return `without ${withoutFilter.lacks} (${withoutFilter.why})`
  return withoutNetwork === undefined ? limitsText(one) : `no network ${withoutNetwork.name} (${withoutNetwork.why})`
}

const limitsText = ({ unenforceable }: Plan['notices'][number]): string =>
  `unenforceable ${unenforceable.map(({ field }) => limitNames[field]).join(', ')}`

const stepLine = (step: Step): string =>
  `[${step.after.join(' ')}] #${step.id} ${about(step.subject)}: ${actionText(step.action, step.reason)}, ` +
  `${reasonText(step.reason)}${at(step.position)} [${step.class}]`

const about = ({ kind, name, id }: Subject): string =>
  `${kind} ${short(name)}${id === null ? '' : ` (${id.slice(0, 12)})`}`
const short = (name: string): string => (/^[0-9a-f]{64}$/.test(name) ? `${name.slice(0, 12)}…` : name)
const at = (position: Position | null): string =>
  position === null ? '' : ` at ${position.file.split('/').at(-1)}:${position.line}:${position.column}`

function actionText(action: Action, reason: Reason): string {
  switch (action.kind) {
    case 'create-volume':
      return action.anonymous ? 'create-volume anonymous' : 'create-volume'
    case 'create-container':
      return [
        'create-container',
        ...imageText(action.image),
        ...volumesText(action.anonymousVolumes),
        ...(action.endpoints === undefined ? [] : [endpointsText(action.endpoints)]),
      ].join(' ')
    case 'delete-container':
      return ['delete-container', ...action.deleteVolumes.map(name => `with ${short(name)}`)].join(' ')
    case 'start-container':
      return action.restart ? `start-container again (${action.streak} in a row)` : 'start-container'
    case 'begin-stop':
      return `begin-stop ${action.stop.signal ?? "the image's"} ${action.stop.graceMs === null ? "the image's" : `${action.stop.graceMs / 1000}s`}`
    case 'update-limits':
      return `update-limits ${'changes' in reason ? reason.changes.map(changeText).join(', ') : ''}`
    case 'repair-mount':
      return `repair-mount ${action.edit} ${action.mount.target}`
    case 'repair-run':
      return `repair-run ${Object.values(action.repair).join(' ')}`
    case 'answer-change':
      return `answer-change ${action.target}${action.signal === null ? '' : ` ${action.signal}`}`
    case 'update-record':
      return ['update-record', ...(action.run?.mounts === undefined ? [] : [mountsToChange(action.run.mounts)])].join(
        ' ',
      )
    case 'record-health':
      return `${action.kind} ${action.status}`
    case 'create-network':
    case 'update-network':
      return [action.kind, action.network.ipv4.subnet, action.network.ipv6?.subnet ?? ''].join(' ').trimEnd()
    case 'connect-container':
      return `connect-container ${endpointsText(action.endpoints)}`
    case 'apply-ruleset':
      return `apply-ruleset ${rulesetText(action.ruleset)}`
    case 'serve-names':
      return `serve-names ${action.runs.map(({ id }) => id.slice(0, 12)).join(' ')}`
    case 'proxy-ports':
      return `proxy-ports ${action.runs.map(({ id, sockets }) => `${id.slice(0, 12)} ${sockets.join(', ')}`).join('; ')}`
    case 'delete-network':
    case 'update-volume':
    case 'delete-volume':
    case 'record-exit':
    case 'adopt-container':
    case 'begin-pull':
      return action.kind
  }
}

const rulesetText = (ruleset: Extract<Action, { kind: 'apply-ruleset' }>['ruleset']): string =>
  ruleset === null
    ? 'none'
    : [
        ...ruleset.networks.map(({ bridge }) => bridge),
        ...ruleset.ports.map(port => `${portText(port)}=${port.ipv4}:${port.containerPort}`),
      ].join(' ')

const imageText = (image: ImageUse | null): string[] => (image === null ? [] : [`of ${image.id.slice(7, 19)}`])

const volumesText = (volumes: Readonly<Record<string, string>>): string[] =>
  Object.entries(volumes).map(([target, name]) => `${target}=${short(name)}`)

const changeText = (change: LimitChange): string =>
  `${limitNames[change.field]} ${limitText(change.kernel ?? change.recorded)} → ${limitText(change.desired)}`

const limitText = (value: Limit): string =>
  value === null
    ? 'unlimited'
    : typeof value === 'number' && value % 2 ** 20 === 0
      ? `${value / 2 ** 20}Mi`
      : `${value}`

function reasonText(reason: Reason): string {
  switch (reason.code) {
    case 'missing':
      return 'not found on this host'
    case 'unused':
      return 'nobody is on it'
    case 'duplicate':
      return `duplicate of ${reason.of.slice(0, 12)}`
    case 'spec-changed':
      return [
        `${reason.code} ${reason.fields.join(', ')}`,
        ...(reason.because === undefined ? [] : [obstacleText(reason.because)]),
      ].join('; ')
    case 'record-changed':
      return `${reason.code} ${reason.fields.join(', ')}`
    case 'limits-changed':
      return `manifest changed ${reason.changes.map(({ field }) => limitNames[field]).join(', ')}`
    case 'deviated':
      return `${reason.deviation.field} is ${reason.deviation.kernel} instead of ${reason.deviation.recorded}`
    case 'not-started':
      return 'created but not running'
    case 'health-changed':
      return `${reason.code} from ${reason.from}`
    case 'exited':
    case 'exit-seen':
      return `${reason.code} ${exitText(reason.exit)}`
    case 'start-failed':
      return `start failed: ${reason.message}`
    case 'interrupted':
      return `interrupted ${reason.during}`
    case 'needed-by':
      return `needed by ${reason.subject}`
    case 'image-missing':
    case 'pull-always':
      return `${reason.code} for ${reason.for}`
    case 'tag-moved':
      return `tag-moved ${reason.from.slice(7, 19)} → ${reason.to.slice(7, 19)}`
    case 'file-changed':
    case 'file-unknown':
      return `${reason.code} ${reason.source}`
    case 'mount-drifted':
      return `mount ${reason.drift.fault.kind}`
    case 'dependency-restarted':
      return `${reason.code} ${reason.on}`
    case 'links-drifted':
      return `${reason.code} ${reason.faults.join(', ')}`
    case 'unserved':
      return `${reason.code} ${reason.count}`
    case 'unproxied':
      return `${reason.code} ${reason.names.join(' ')}`
    case 'ruleset-drifted':
    case 'ruleset-outdated':
    case 'undeclared':
    case 'drifted':
    case 'restart-requested':
    case 'should-be-stopped':
    case 'shim-lost':
    case 'unhealthy':
      return reason.code
  }
}

const textOf = (value: string | Exit): string => (typeof value === 'string' ? value : exitText(value))
const exitText = (exit: Exit): string => `${exitCode(exit) ?? 'unknown'}`

function waitingLine({ subject, for: cause }: Waiting): string {
  const what = cause.code === 'back-off' && cause.failedStart !== null ? ` after "${cause.failedStart}"` : ''
  if (cause.code === 'pull') return `waiting ${about(subject)}: pull of ${cause.reference} since ${cause.sinceMs}`
  if (cause.code === 'dependency')
    return `waiting ${about(subject)}: ${cause.on} to be ${cause.condition} since ${cause.sinceMs}`
  if (cause.code === 'health')
    return `waiting ${about(subject)}: ${cause.status} since ${cause.sinceMs}${cause.untilMs === undefined ? '' : ` until ${cause.untilMs}`}`
  if (cause.code === 'dependant') return `waiting ${about(subject)}: stop of its dependant ${cause.name}`
  return `waiting ${about(subject)}: ${cause.code}${'untilMs' in cause ? ` until ${cause.untilMs}` : ''}${what}`
}

function blockedLine({ subject, refusal, position }: Blocked): string {
  return `blocked ${about(subject)}: ${refusal.code}${evidence(refusal)}${at(position)}`
}

function evidence(refusal: Blocked['refusal']): string {
  switch (refusal.code) {
    case 'unreadable':
      return ` (${refusal.why})`
    case 'held':
      return ` until ${refusal.untilMs} (${refusal.reason})`
    case 'would-lose-data':
      return ` (used by ${refusal.usedBy})`
    case 'restarts-exhausted':
      return ` (${refusal.attempts} tries, exit ${exitText(refusal.exit)})`
    case 'failed':
      return ` (exit ${exitText(refusal.exit)})`
    case 'empty-source':
      return ` (${refusal.source} ${refusal.read}, ${refusal.objects} objects)`
    case 'unenforceable':
      return ` (${refusal.limits.map(({ field }) => limitNames[field]).join(', ')})`
    case 'record-lost':
      return ` (${refusal.id.slice(0, 12)}, pid ${refusal.pid})`
    case 'owned-by':
      return ` (${refusal.origin.source})`
    case 'dependency':
      return ` (${refusal.on} to be ${refusal.condition}: ${Object.values(refusal.why).map(textOf).join(' ')})`
    case 'subnet-taken':
    case 'subnets-exhausted':
    case 'no-filter':
    case 'no-bridges':
    case 'network-used':
    case 'network-undeclared':
    case 'address':
    case 'addresses-exhausted':
    case 'port-taken':
    case 'port-unreachable':
      return ` (${networkRefusalText(refusal)})`
    case 'bind-source':
      return ` (${refusal.path}: ${refusal.why})`
    case 'mount':
      return ` (${refusal.drift.mount.target}: ${refusal.drift.fault.kind})`
    case 'file':
      return ` (${refusal.path}: ${refusal.why})`
    case 'image-absent':
      return ` (${refusal.reference})`
    case 'pull-failed':
      return ` (${refusal.reference}, ${refusal.attempts} tries, until ${refusal.untilMs}: ${refusal.message})`
  }
}
