import type { Mount } from './desired.ts'

/**
 * A mount as `docker run -v` takes it, where that can say it: a manifest's two forms mean the same, and Docker shows the
 * request in the form that it came in. Null: only `--mount` can.
 */
export type ShortForm = {
  /** null: an anonymous volume, which is its target and no more */
  readonly source: string | null
  readonly target: string
  /** what stands behind the target, e.g. `ro,nocopy`; may be empty */
  readonly mode: string
}

export function shortForm(mount: Mount): ShortForm | null {
  const { target } = mount
  if (mount.type === 'volume' && mount.name === null) {
    // Docker refuses a read-only anonymous volume wherever it is asked for as such
    return mount.noCopy && !mount.readOnly ? null : { source: null, target, mode: '' }
  }
  if (mount.type === 'tmpfs' || target.includes(':')) return null
  const mode = modeWords(mount).join(',')
  if (mount.type === 'volume') return { source: mount.name, target, mode }
  return mount.recursive && !mount.source.includes(':') ? { source: mount.source, target, mode } : null
}

function modeWords(mount: Exclude<Mount, { readonly type: 'tmpfs' }>): string[] {
  const access = mount.readOnly ? ['ro'] : []
  if (mount.type === 'volume') return mount.noCopy ? [...access, 'nocopy'] : access
  return mount.propagation === defaultPropagation ? access : [...access, mount.propagation]
}

export const defaultPropagation = 'rprivate'

/** `Mode` of `docker inspect`: of `-v` what was asked for; Docker adds `z` to a volume that has a name and none. */
export function dockerMode(mount: Mount): string {
  const short = shortForm(mount)
  if (mount.type !== 'volume') return short?.mode ?? ''
  return short?.source === null ? '' : short?.mode || 'z'
}
