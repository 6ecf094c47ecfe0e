import type { Condition, Origin } from '../../model/desired.ts'
import type { MountDrift } from '../../model/mount-drift.ts'
import type { Blocked, Refusal, Waiting } from '../../model/plan.ts'
import { limitNames } from '../../model/limits.ts'
import { parseRepositoryFile, placeOfFile } from '../../model/repository.ts'
import { lostRunText, lostRunWayOut } from '../text/lost-run.ts'
import { driftWords } from '../text/mount-words.ts'
import { networkRefusalText, networkWayOut } from '../text/network-words.ts'
import { place, type Show } from '../text/show.ts'
import { ageText } from '../text/units.ts'
import { counted, exitText, probeText } from '../text/words.ts'

/** What an object waits for, as in `waiting: <this>`. */
export function waitingText({ for: cause }: Waiting, nowMs: number): string {
  switch (cause.code) {
    case 'stop':
      return `for its stop; SIGKILL in ${left(cause.untilMs, nowMs)}`
    case 'start':
      return 'for its start to end'
    case 'back-off':
      return `restart in ${left(cause.untilMs, nowMs)}: ${backOffCause(cause.exit, cause.failedStart)}`
    case 'second-look':
      return `no longer declared; removed when that is read again, in ${left(cause.untilMs, nowMs)}`
    case 'pull':
      return pullText(cause, nowMs)
    case 'health':
      return healthText(cause, nowMs)
    case 'mount':
      return `for ${cause.path} to be mounted`
    case 'file':
      return `for ${cause.path} to be written`
    case 'completion':
      return 'for its end: it runs once'
    case 'dependency':
      return dependencyText(cause, nowMs)
    case 'dependant':
      return `for the stop of ${cause.name}, which depends on it`
  }
}

/** `for shop/db to be healthy, 12s` */
export const dependencyText = (
  { on, condition, sinceMs }: Extract<Waiting['for'], { code: 'dependency' }>,
  nowMs: number,
): string => `for ${on} to ${conditionVerbs[condition]}${nowMs - sinceMs < 1000 ? '' : `, ${ageText(nowMs - sinceMs)}`}`

const conditionVerbs: Readonly<Record<Condition, string>> = {
  started: 'start',
  healthy: 'be healthy',
  completed: 'complete',
}

/** `shop/migrate exited (3), and must complete first` */
function unmetText({ on, condition, why }: Extract<Refusal, { code: 'dependency' }>): string {
  const must = `must ${conditionVerbs[condition]} first`
  switch (why.kind) {
    case 'failed':
      return `${on} ${exitText(why.exit)}, and ${must}`
    case 'stopped':
      return `${on} is declared as stopped, and ${must}`
    case 'blocked':
      return `${on} is blocked, and ${must}`
    case 'undeclared':
      return `depends on ${on}, which is not declared here`
    case 'foreign':
      return `depends on ${on}, which belongs to ${why.source}`
    case 'cycle':
      return `it would wait for itself: ${why.path}`
  }
}

const pullText = ({ reference, sinceMs }: Extract<Waiting['for'], { code: 'pull' }>, nowMs: number) =>
  `for the pull of ${reference}${nowMs - sinceMs < 1000 ? '' : `, ${ageText(nowMs - sinceMs)}`}`

/** `to be healthy, 12s; last probe exited (1): connection refused` */
function healthText(
  { status, sinceMs, last, untilMs }: Extract<Waiting['for'], { code: 'health' }>,
  nowMs: number,
): string {
  const probe = last === null ? '' : `; ${probeText(last)}`
  if (untilMs !== undefined) return `restart in ${left(untilMs, nowMs)}: unhealthy${probe}`
  const age = nowMs - sinceMs < 1000 ? '' : `, ${ageText(nowMs - sinceMs)}`
  return status === 'unhealthy' ? `unhealthy${age}${probe}` : `to be healthy${age}${probe}`
}

type BackOff = Extract<Waiting['for'], { code: 'back-off' }>

function backOffCause(exit: BackOff['exit'], failedStart: BackOff['failedStart']): string {
  if (failedStart !== null) return `the last start failed: ${failedStart}`
  return exit === null ? 'it has ended' : exitText(exit)
}

const left = (untilMs: number, nowMs: number) => ageText(Math.max(0, untilMs - nowMs) + 999)

/** Why an object is left as it is. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.code) {
    case 'unreadable':
      return `not readable: ${refusal.why}`
    case 'held':
      return `no longer declared, but held${refusal.reason === '' ? '' : `: ${refusal.reason}`}`
    case 'would-lose-data':
      return refusal.usedBy === null ? 'its data would be lost' : `still used by ${refusal.usedBy}`
    case 'restarts-exhausted':
      return `gave up after ${counted(refusal.attempts, 'restart')}; ${exitText(refusal.exit)}`
    case 'failed':
      return `${exitText(refusal.exit)}; final for this spec`
    case 'empty-source':
      return `source ${refusal.source} ${refusal.read === 'empty' ? 'is empty' : 'has vanished'}; ${counted(refusal.objects, 'object')} of it left alone`
    case 'unenforceable':
      return `not enforceable here: ${refusal.limits.map(limit => `${limitNames[limit.field]} (${limit.why})`).join(', ')}`
    case 'record-lost':
      return `it may be, or be used by, ${lostRunText(refusal)}`
    case 'owned-by':
      return `belongs to ${refusal.origin.source}`
    case 'dependency':
      return unmetText(refusal)
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
      return networkRefusalText(refusal)
    case 'bind-source':
      return `${refusal.what} ${refusal.path}: ${refusal.why}`
    case 'mount':
      return `mount ${refusal.drift.mount.target} ${driftWords(refusal.drift)}`
    case 'file':
      return `${refusal.why}; onChange needs to know when it changes`
    case 'image-absent':
      return `image ${refusal.reference} is not here, and pull: never`
    case 'pull-failed':
      return `pull of ${refusal.reference} failed${refusal.attempts > 1 ? ` ${refusal.attempts} times` : ''}: ${withoutName(refusal)}`
  }
}

/** The image stands before it already. */
const withoutName = ({ message, reference }: { readonly message: string; readonly reference: string }): string =>
  message.startsWith(`${reference}: `) ? message.slice(reference.length + 2) : message

/** What a person can do about it. */
export function wayOut({ refusal, subject }: Blocked, show: Show): string {
  switch (refusal.code) {
    case 'unreadable':
      return 'nothing is done to it until it can be read'
    case 'held':
      return `\`reconcile release ${subject.name}\` lets it go at once`
    case 'would-lose-data':
      return refusal.usedBy === null
        ? `declare \`removal: delete\`, or remove it with \`reconcile volumes rm ${subject.name}\``
        : `remove ${refusal.usedBy} first`
    case 'restarts-exhausted':
    case 'failed':
      return `see \`reconcile logs ${subject.name}\`; \`reconcile restart ${subject.name}\` or a changed spec runs it again`
    case 'empty-source':
      return '`--allow-empty` removes them'
    case 'unenforceable':
      return '`limits.bestEffort: true` shows this instead of refusing it'
    case 'record-lost':
      return lostRunWayOut(refusal)
    case 'owned-by':
      return ownedElsewhere(refusal.origin, show)
    case 'dependency':
      return dependencyWayOut(refusal)
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
      return networkWayOut(refusal)
    case 'bind-source':
      return refusal.what === 'rootfs' ? 'make it, or correct the path' : 'make it, or declare `createSource: true`'
    case 'mount':
      return mountWayOut(refusal.drift, subject.name)
    case 'file':
      return `make it a file that can be read, or remove its \`onChange\``
    case 'image-absent':
      return `\`reconcile images pull ${refusal.reference}\`, \`reconcile images load\`, or \`pull: missing\``
    case 'pull-failed':
      return `a watcher tries again in ${left(refusal.untilMs, show.nowMs)}`
  }
}

function dependencyWayOut({ on, why }: Extract<Refusal, { code: 'dependency' }>): string {
  switch (why.kind) {
    case 'failed':
      return `see \`reconcile logs ${on}\`; it is started once that one has run well, or with \`required: false\``
    case 'stopped':
      return `declare \`state: running\` there, or \`required: false\` here`
    case 'blocked':
      return `it is started once ${on} is put right`
    case 'undeclared':
    case 'foreign':
      return 'a dependency must be declared by the same source'
    case 'cycle':
      return 'take one of them out of dependsOn'
  }
}

function mountWayOut({ mount, fault }: MountDrift, name: string): string {
  const again = `\`reconcile restart ${name}\` mounts it as declared`
  if (fault.kind === 'hidden') return `unmount what hides it, or ${again}`
  const source = mount.type === 'bind' ? mount.source : 'the source'
  if (fault.kind === 'source-unmounted') return `it keeps what it shows until ${source} is mounted again; ${again}`
  return `it keeps what it shows until ${source} is there again`
}

/** `down` of a file gives up its volumes without their data, so that another source may declare them. */
function ownedElsewhere(origin: Origin, show: Show): string {
  const inside = parseRepositoryFile(origin.file)
  if (inside !== null) {
    const place = placeOfFile(inside)
    const path = place === inside.repository ? '' : ` --path ${place.slice(inside.repository.length + 2)}`
    return `declared at ${show.display(origin.file)}: rename one of the two, or \`reconcile down --git ${inside.repository}${path}\`, which keeps named volumes`
  }
  const source = origin.file.startsWith(`${origin.source}/`) ? '' : `--source ${origin.source} `
  const down = `reconcile ${source}down ${show.display(origin.file)}`
  return `declared at ${place(origin, show)}: rename one of the two, or \`${down}\`, which keeps named volumes`
}
