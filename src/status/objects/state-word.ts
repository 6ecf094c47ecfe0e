import type { ObservedContainer } from '../../model/observed.ts'
import { exitCode } from '../../model/observed.ts'
import type { Blocked, Waiting } from '../../model/plan.ts'
import { inForce } from '../../model/hold.ts'
import { holdText } from '../text/left-text.ts'
import { refusalText, waitingText } from '../passes/waiting.ts'
import { ageText } from '../text/units.ts'
import { exitText } from '../text/words.ts'

/** `gone`: a watcher served its source and is no more; `never`: none did, as after `--once`. */
type Watch = 'live' | 'gone' | 'never'

/** A container with what the rest of the host knows of it. */
export type PsEntry = {
  readonly container: ObservedContainer
  /** null: not counted, or not running */
  readonly memoryUsedBytes: number | null
  readonly pidsUsed: number | null
  readonly watch: Watch
  /** the last good commit of the repository that declares it; null: no repository does */
  readonly commit: string | null
  /** a stop was begun and has not ended */
  readonly stopping: boolean
  /** what a plan from the records says that it waits for, or null */
  readonly waiting: Waiting | null
  /** and why it is refused; missing = it is not */
  readonly blocked?: Blocked | null
}

/** The STATE column: `running 3s, unwatched`, `completed (0) 5m`, `exited (7) 2s, restart in 1s`. */
export function stateText(entry: PsEntry, nowMs: number): string {
  const hold = inForce(entry.container.hold, nowMs)
  return `${lifeText(entry, nowMs)}${hold === null ? '' : `, held ${holdText(hold, nowMs)}`}`
}

function lifeText(entry: PsEntry, nowMs: number): string {
  const { phase } = entry.container
  if (!phase.known) return 'unknown'
  switch (phase.value.phase) {
    case 'creating':
    case 'starting':
      return phase.value.phase
    case 'created':
      return createdText(entry, nowMs)
    case 'deleting':
      return 'removing'
    case 'running':
      if (entry.stopping) return 'stopping'
      return `${isPaused(entry.container) ? 'paused' : 'running'} ${ageText(nowMs - phase.value.startedAtMs)}${healthRemark(entry.container)}${runningRemark(entry, phase.value.shim)}`
    case 'exited':
      return `${endedWord(entry.container)} ${ageText(nowMs - phase.value.exit.atMs)}${nextStart(entry, nowMs)}`
  }
}

function createdText(entry: PsEntry, nowMs: number): string {
  if (entry.container.restarts.failedStart !== null) return `created, start failed${nextStart(entry, nowMs)}`
  return needRemark(entry, nowMs) ?? 'created'
}

const toldWaits: ReadonlySet<Waiting['for']['code']> = new Set(['dependency', 'mount'])
const toldRefusals: ReadonlySet<Blocked['refusal']['code']> = new Set(['dependency', 'bind-source'])

/** `waiting for shop/db to start, 12s`, or why it waits in vain; null: nothing that it needs is in its way. */
function needRemark({ waiting, blocked }: PsEntry, nowMs: number): string | null {
  if (waiting != null && toldWaits.has(waiting.for.code)) return `waiting ${waitingText(waiting, nowMs)}`
  return blocked != null && toldRefusals.has(blocked.refusal.code) ? `blocked: ${refusalText(blocked.refusal)}` : null
}

/** Declared so, and so it is; what somebody else froze is drift. */
const isPaused = ({ declaration, look }: ObservedContainer) =>
  declaration.state === 'paused' && look?.known === true && look.value.kernel.frozen

/** As docker says it. */
function healthRemark({ health }: ObservedContainer): string {
  if (health === undefined) return ''
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`
}

const runningRemark = (entry: PsEntry, shim: 'alive' | 'lost') =>
  `${entry.watch === 'gone' || (entry.watch === 'never' && entry.container.health !== undefined) ? ', unwatched' : ''}${shim === 'lost' ? ', shim lost' : ''}`

/** `completed (0)` for a one-shot that is done, `stopped (143)` where that is declared, else `exited (7)`. */
function endedWord({ phase, declaration }: ObservedContainer): string {
  if (!phase.known || phase.value.phase !== 'exited') return 'exited'
  const { exit } = phase.value
  const { policy } = declaration.restart
  if (declaration.state === 'stopped') return exitText(exit).replace('exited', 'stopped')
  const isOneShot = policy === 'no' || policy === 'on-failure'
  return isOneShot && exitCode(exit) === 0 ? 'completed (0)' : exitText(exit)
}

function nextStart(entry: PsEntry, nowMs: number): string {
  const { container, waiting, watch } = entry
  const remark = needRemark(entry, nowMs)
  if (remark !== null) return `, ${remark}`
  if (!restartsWhenWatched(container)) return ''
  if (watch !== 'live') return ', unwatched'
  if (waiting?.for.code !== 'back-off') return ''
  return `, restart in ${ageText(Math.max(0, waiting.for.untilMs - nowMs) + 999)}`
}

/** It has ended, and its restart policy asks for another start, which only a watcher or a pass can make. */
export function restartsWhenWatched({ phase, declaration, restarts }: ObservedContainer): boolean {
  if (declaration.state === 'stopped' || !phase.known) return false
  const failedStart = phase.value.phase === 'created' && restarts.failedStart !== null
  if (phase.value.phase !== 'exited' && !failedStart) return false
  const { policy, maxRetries } = declaration.restart
  if (policy !== 'on-failure') return policy !== 'no'
  const succeeded = phase.value.phase === 'exited' && exitCode(phase.value.exit) === 0
  return !succeeded && (maxRetries === 0 || restarts.count < maxRetries)
}
