import { type BoundFile, type FileContent, onChangeOf, settledAfterMs } from '../../src/model/bound-file.ts'
import type { Action } from '../../src/model/action.ts'
import type { DesiredContainer, Mount } from '../../src/model/desired.ts'
import { contentField } from '../../src/model/drift-fields.ts'
import { parkedUntilMs } from '../../src/model/heals.ts'
import type { ObservedContainer } from '../../src/model/observed.ts'
import type { Evidence } from './satisfies.ts'

export const content = (digest: string): FileContent => ({ stat: `stat of ${digest}`, digest })

/** What is in it once nobody writes any more. */
const settled = ({ now }: BoundFile): FileContent => (now.known ? now.value.content : null) ?? content('written')

/** As a look sees it at that moment. */
export function fileAt(file: BoundFile, nowMs: number): BoundFile {
  if (!file.now.known || file.now.value.content !== null) return file
  const { changedAtMs } = file.now.value
  const now = nowMs - changedAtMs < settledAfterMs ? null : settled(file)
  return { ...file, now: { known: true, value: { changedAtMs, content: now } } }
}

export const isStillBound = ({ target, source }: BoundFile, mounts: readonly Mount[]): boolean =>
  mounts.some(mount => mount.type === 'bind' && mount.target === target && mount.source === source)

type Answer = Extract<Action, { kind: 'answer-change' }>

/** What was wrong with an answer, at its moment. */
export function wrongAnswer(files: readonly BoundFile[], { target, file }: Answer, nowMs: number): string | null {
  const meant = files.find(one => one.target === target)
  if (meant === undefined) return `a change of ${target} was answered twice`
  const seen = fileAt(meant, nowMs).now
  if (!seen.known || seen.value.content === null) return `${target} was answered while it is written`
  return seen.value.content.digest === file.digest ? null : `${target} was answered for something else than is in it`
}

/** Each change is answered as its manifest asks, by a signal or by another process, unless it comes too often. */
export function aboutFiles(
  container: DesiredContainer,
  was: readonly ObservedContainer[],
  only: ObservedContainer,
  { before, touches }: Evidence,
): string[] {
  const [old, ...others] = was
  if (old === undefined || others.length > 0 || !old.phase.known || old.phase.value.phase !== 'running') return []
  const now = only.phase.known && only.phase.value.phase === 'running' ? only.phase.value.process.pid : null
  if (only.id !== old.id || now !== old.phase.value.process.pid) return []
  // what it doesn't see yet it can't be told of
  const isSeen = (target: string) =>
    only.mountDrifts?.known !== true || only.mountDrifts.value.every(({ mount }) => mount.target !== target)
  const files = (old.files ?? []).filter(
    file => isSeen(file.target) && isStillBound(file, only.declaration.spec.mounts),
  )
  const left = (only.files ?? []).filter(
    ({ target, now: seen }) => seen.known && isSeen(target) && !isParked(old, target, before.nowMs),
  )
  return [
    ...left.map(({ target }) => `the change of ${target} was not answered`),
    ...files.flatMap(({ target, now: seen, before: kept }) => {
      const asked = onChangeOf(container, target)
      const told = touches.filter(({ id, told: one }) => id === old.id && one?.target === target)
      const isDue = seen.known && kept !== null && !isParked(old, target, before.nowMs)
      if (isParked(old, target, before.nowMs))
        return told
          .filter(({ atMs }) => kept !== null && atMs < before.nowMs + 50_000)
          .map(() => `${target} was answered although it changes all the time`)
      if (isDue && asked === 'restart') return [`not restarted for ${target}`]
      const signals = told.map(({ told: one }) => one?.signal ?? null)
      if (kept === null && told.some(({ told: one }) => one?.signal !== null))
        return [`${target}: a signal although nothing is known of a change`]
      const wanted = isDue && typeof asked === 'object' ? asked.signal : null
      return signals.includes(wanted) || !isDue ? [] : [`${target}: told by ${signals} instead of ${wanted}`]
    }),
  ]
}

const isParked = ({ heals }: ObservedContainer, target: string, nowMs: number): boolean =>
  parkedUntilMs(heals?.[contentField(target)], nowMs) !== null

/** Its process is not the one to keep. */
export const asksForAnother = (
  container: Pick<DesiredContainer, 'onChange'>,
  { files = [] }: ObservedContainer,
): boolean =>
  files.some(({ target, now, before }) => onChangeOf(container, target) === 'restart' && now.known && before !== null)
