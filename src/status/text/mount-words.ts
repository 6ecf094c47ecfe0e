import type { Mount } from '../../model/desired.ts'
import type { MountDrift, MountEdit } from '../../model/mount-drift.ts'

/** `volume shop-data`, `/srv/site`, `tmpfs`: what a mount shows. */
export function mountSourceText(mount: Mount): string {
  if (mount.type === 'tmpfs') return 'tmpfs'
  if (mount.type === 'bind') return mount.source
  return mount.name === null ? 'anonymous volume' : `volume ${mount.name}`
}

/** What the kernel has instead, in a few words. */
export function foundText({ mount, fault }: MountDrift): string {
  switch (fault.kind) {
    case 'missing':
      return 'missing'
    case 'replaced':
      return fault.by
    case 'hidden':
      return `hidden by ${fault.by}`
    case 'options':
    case 'cut-off':
      return fault.found
    case 'source-replaced':
      return fault.shows === null ? 'what was there before, deleted since' : `what is ${fault.shows} now`
    case 'source-gone':
      return `what was ${mountSourceText(mount)}`
    case 'source-unmounted':
      return 'a file system that is no longer mounted there'
  }
}

/** `missing: volume shop-data`: one line of what is wrong. */
export function driftWords(drift: MountDrift): string {
  const { mount, fault } = drift
  const source = mountSourceText(mount)
  switch (fault.kind) {
    case 'missing':
      return `missing: ${source}`
    case 'replaced':
      return `replaced by ${fault.by}: ${source}`
    case 'hidden':
      return `hidden by ${fault.by}: ${source}`
    case 'options':
    case 'cut-off':
      return `${fault.found} instead of ${fault.wanted}: ${source}`
    case 'source-replaced':
      return fault.shows === null
        ? `stale: ${source} was replaced, the old one is deleted`
        : `stale: ${source} was replaced, the old one is ${fault.shows}`
    case 'source-gone':
      return `its source is gone: ${source}`
    case 'source-unmounted':
      return `its source is no longer a mount point: ${source}`
  }
}

/** `desired` and `recorded` beside it. */
export const wantedText = ({ mount, fault }: MountDrift): string =>
  fault.kind === 'options' || fault.kind === 'cut-off' ? fault.wanted : mountSourceText(mount)

const past: Readonly<Record<MountEdit, string>> = {
  attach: 'mounted again',
  replace: 'mounted anew',
  options: 'remounted',
  detach: 'unmounted',
  withdraw: 'unmounted',
}
export const editedText = (edit: MountEdit): string => past[edit]

const toDo: Readonly<Record<MountEdit, string>> = {
  attach: 'mount again',
  replace: 'mount anew',
  options: 'remount',
  detach: 'unmount',
  withdraw: 'unmount',
}
export const editText = (edit: MountEdit): string => toDo[edit]
