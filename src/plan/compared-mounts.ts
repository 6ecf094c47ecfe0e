import type { Mount } from '../model/desired.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { recordedMounts } from '../model/recorded-mounts.ts'

/** One target, with what was recorded for it and what is wanted there. */
export type Compared = {
  readonly target: string
  readonly before: Mount | null
  readonly after: Mount | null
  /** `none`: at most the record changes; `below`: the same, but on a mount that comes, goes or is made anew */
  readonly how: 'removed' | 'added' | 'anew' | 'options' | 'below' | 'none'
}

/** Every target of the two lists. */
export function compareMounts(wanted: readonly Mount[], one: ObservedContainer): Compared[] {
  const known = byTarget(recordedMounts(one))
  const declared = new Set(one.declaration.spec.mounts.map(({ target }) => target))
  // what only the image asked for stays, as long as nothing else is to be there
  const ofImage = [...known.values()].filter(({ target }) => !declared.has(target))
  const next = new Map([...byTarget(ofImage), ...byTarget(wanted)])
  const all = [...new Set([...next.keys(), ...known.keys()])].map((target): Compared => {
    const [before, after] = [known.get(target) ?? null, next.get(target) ?? null]
    return { target, before, after, how: howOf(before, after) }
  })
  const moving = all.filter(({ how }) => how === 'removed' || how === 'added' || how === 'anew')
  return all.map(one =>
    one.before !== null && one.after !== null && moving.some(({ target }) => isBelow(one.target, target))
      ? { ...one, how: one.how === 'anew' ? one.how : 'below' }
      : one,
  )
}

const byTarget = (mounts: readonly Mount[]) => new Map(mounts.map(mount => [mount.target, mount]))

export const isBelow = (path: string, above: string): boolean => path.startsWith(`${above}/`)

function howOf(before: Mount | null, after: Mount | null): Compared['how'] {
  if (before === null) return 'added'
  if (after === null) return 'removed'
  if (isOther(before, after)) return 'anew'
  return wordsOfOptions(before) === wordsOfOptions(after) ? 'none' : 'options'
}

/** It shows something else, or in a way that no remount gives. */
function isOther(before: Mount, after: Mount): boolean {
  if (before.type === 'volume') return after.type !== 'volume' || before.name !== after.name
  if (before.type === 'tmpfs') return after.type !== 'tmpfs'
  if (after.type !== 'bind' || before.source !== after.source || before.recursive !== after.recursive) return true
  // only the way to `private` needs nobody else
  return spreads(before.propagation) !== spreads(after.propagation) && spreads(after.propagation) !== 'private'
}

const spreads = (propagation: string): string => propagation.replace(/^r/, '')

const wordsOfOptions = (mount: Mount): string =>
  [
    mount.readOnly,
    mount.type === 'bind' ? spreads(mount.propagation) : '',
    mount.type === 'tmpfs' ? `${mount.sizeBytes} ${mount.mode}` : '',
  ].join()
