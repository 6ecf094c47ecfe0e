import { clean } from '../text/clean.ts'
import { counted } from '../text/words.ts'

type Found = { readonly path: string; readonly why: string }

/** What `fsck` says: damage first, then what nothing owns. */
export function fsckText(
  litter: readonly (Found & { readonly kind: string })[],
  damage: readonly Found[],
  isRemoved: boolean,
): string {
  if (litter.length === 0 && damage.length === 0) return 'clean'
  const lines = [
    ...damage.map(({ path, why }) => `x ${clean(path)}: ${clean(why)}`),
    ...litter.map(({ kind, path, why }) => `- ${kind} ${clean(path)}: ${clean(why)}`),
  ]
  const left = isRemoved ? 'removed' : 'to collect: `reconcile fsck --repair`'
  const ends = [
    ...(damage.length === 0 ? [] : [`${counted(damage.length, 'entry').replace(/entrys$/, 'entries')} damaged`]),
    ...(litter.length === 0 ? [] : [`${litter.length} ${left}`]),
  ]
  return [...lines, ends.join('; ')].join('\n')
}
