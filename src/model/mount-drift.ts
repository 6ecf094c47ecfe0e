import type { Mount } from './desired.ts'

/** How a mount of a running container differs from what was recorded; words as mountinfo has them. */
export type MountFault =
  | { readonly kind: 'missing' }
  /** something else is mounted over it, or in its place; `covers`: how many lie on a tmpfs that is still there, missing = one */
  | { readonly kind: 'replaced'; readonly by: string; readonly covers?: number }
  /** a mount on a directory above hides it */
  | { readonly kind: 'hidden'; readonly by: string }
  /** e.g. `ro` and `rw`, `private` and `shared`, `size=64k` and `size=128k` */
  | { readonly kind: 'options'; readonly wanted: string; readonly found: string }
  /** the same, but the kernel can't join it to its source's peers again: it has to be made anew */
  | { readonly kind: 'cut-off'; readonly wanted: string; readonly found: string }
  /** the path of its source now means another file or directory; `shows`: where what it shows is now, null: deleted */
  | { readonly kind: 'source-replaced'; readonly shows: string | null }
  | { readonly kind: 'source-gone' }
  /** it shows a file system that is no longer mounted at its source */
  | { readonly kind: 'source-unmounted' }

export type MountDrift = { readonly mount: Mount; readonly fault: MountFault }

/** What the core does to a mount of a running container. */
export type MountEdit = 'attach' | 'replace' | 'options' | 'detach' | 'withdraw'
/** What puts a mount right that is to be there. */
export type MountRepair = Exclude<MountEdit, 'detach' | 'withdraw'>

/** What puts it right under the running process; null: nothing does, or only at the price of what it shows. */
export function repairOf({ mount, fault }: MountDrift): MountRepair | null {
  switch (fault.kind) {
    case 'missing':
      return 'attach'
    case 'replaced':
    case 'source-replaced':
    case 'cut-off':
      return 'replace'
    case 'options':
      return 'options'
    case 'source-gone':
      return mount.type === 'bind' && mount.createSource ? 'replace' : null
    case 'hidden':
    case 'source-unmounted':
      return null
  }
}
