import { isUnminted } from '../../model/identity.ts'
import { exitCode, type Exit } from '../../model/observed.ts'
import type { ProbeResult } from '../../model/health.ts'
import type { Reason, LimitChange } from '../../model/plan.ts'
import { limitNames } from '../../model/limits.ts'
import { driftWords } from './mount-words.ts'
import { obstacleText } from './mount-change-words.ts'
import { deviationText } from './deviation-text.ts'
import { limitText } from './units.ts'

/** `1 container`, `2 containers` */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Names of anonymous volumes and ids are 64 hex digits; people get twelve, or `new` where there is none yet. */
export function shortName(name: string): string {
  if (isUnminted(name)) return 'new'
  return /^[0-9a-f]{64}$/.test(name) ? name.slice(0, 12) : name
}

/** `sha256:0123456789abcdef…` → `0123456789ab` */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12)

/** `exited (7)`, `exited (137), out of memory`, `exited (unknown)` */
export function exitText(exit: Exit): string {
  const code = exitCode(exit)
  const oom = exit.kind === 'signal' && exit.oom ? ', out of memory' : ''
  return `exited (${code ?? 'unknown'})${oom}`
}

const shownOutput = 120

/** `probe exited (1): connection refused`; of the output its first line. */
export function probeText({ exitCode: code, output }: ProbeResult): string {
  const line =
    output
      .split('\n')
      .find(text => text.trim() !== '')
      ?.trim() ?? ''
  const shown = line.length > shownOutput ? `${line.slice(0, shownOutput)}...` : line
  if (code === -1) return shown === '' ? 'probe failed' : `probe failed: ${shown}`
  return `probe exited (${code})${shown === '' ? '' : `: ${shown}`}`
}

/** `memory 64Mi -> 96Mi`: from what is in force now to what is wanted. */
export const changeText = (change: LimitChange): string => {
  const to = limitText(change.field, change.desired)
  const recorded = limitText(change.field, change.recorded)
  const kernel = change.kernel === undefined ? to : limitText(change.field, change.kernel)
  return `${limitNames[change.field]} ${kernel === to ? recorded : kernel} -> ${to}`
}

/**
 * The changes worth telling: Docker's default for memorySwap (twice the memory) follows the memory, so it is told only
 * when it changes alone or the manifest declares it.
 */
export function toldChanges(changes: readonly LimitChange[], declaresSwap: boolean): readonly LimitChange[] {
  const memory = changes.some(change => change.field === 'memoryBytes')
  return memory && !declaresSwap ? changes.filter(change => change.field !== 'memorySwapBytes') : changes
}

/** Why a step is there, in a few words. */
export function reasonText(reason: Reason): string {
  switch (reason.code) {
    case 'missing':
      return 'not on this host'
    case 'undeclared':
      return 'no longer declared'
    case 'unused':
      return 'nobody is on it'
    case 'duplicate':
      return `a second one of this name; ${shortName(reason.of)} stays`
    case 'spec-changed':
      return `${fieldsText(reason.fields)}${reason.because === undefined ? '' : `; ${obstacleText(reason.because)}`}`
    case 'record-changed':
      return fieldsText(reason.fields)
    case 'limits-changed':
      return 'manifest changed'
    case 'drifted':
      return 'kernel differed from the record; no pass of ours wrote it'
    case 'mount-drifted':
      return driftWords(reason.drift)
    case 'deviated':
      return reason.deviation.repair === null
        ? deviationText(reason.deviation)
        : 'kernel differed from the record; no pass of ours wrote it'
    case 'file-changed':
      return `${reason.source} changed`
    case 'file-unknown':
      return `nothing was kept of ${reason.source}`
    case 'links-drifted':
      return reason.faults.join(', ')
    case 'ruleset-drifted':
      return 'somebody changed the packet filter'
    case 'unserved':
      return `${reason.silent === undefined ? '' : `the resolver (pid ${reason.silent}) hangs: `}nobody answers ${counted(reason.count, 'container')}`
    case 'unproxied':
      return `not as published: ${reason.names.slice(0, 3).join(', ')}${reason.names.length > 3 ? ', …' : ''}`
    case 'ruleset-outdated':
      return 'networks or ports have changed'
    case 'not-started':
      return 'created, not started'
    case 'exited':
    case 'exit-seen':
      return exitText(reason.exit)
    case 'health-changed':
      return reason.last === null ? `was ${reason.from}` : probeText(reason.last)
    case 'unhealthy':
      return reason.last === null ? 'unhealthy' : `unhealthy: ${probeText(reason.last)}`
    case 'start-failed':
      return `the last start failed: ${reason.message}`
    case 'restart-requested':
      return 'a restart was asked for'
    case 'should-be-stopped':
      return 'declared as stopped'
    case 'dependency-restarted':
      return `restarted with ${reason.on}`
    case 'interrupted':
      return `a ${reason.during} was interrupted`
    case 'shim-lost':
      return 'its shim was lost'
    case 'needed-by':
      return `needed by ${reason.subject}`
    case 'image-missing':
      return `needed by ${reason.for}`
    case 'pull-always':
      return `${reason.for} declares pull: always`
    case 'tag-moved':
      return `tag moved ${shortDigest(reason.from)} -> ${shortDigest(reason.to)}`
  }
}

const fieldsText = (fields: readonly string[]): string =>
  fields.length === 0 ? 'manifest changed' : `manifest changed: ${fields.join(', ')}`
