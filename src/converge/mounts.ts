import type { Mount } from '../model/desired.ts'

/** A mount as the core makes it. */
export type CoreMount =
  | {
      readonly type: 'bind'
      readonly source: string
      readonly target: string
      readonly readOnly: boolean
      readonly recursive: boolean
      readonly propagation: 'rprivate' | 'private' | 'rslave' | 'slave' | 'rshared' | 'shared'
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes: number | null; readonly mode: number | null }

/** Parents before what lies in them: by the number of path components, as Docker sorts; equals keep the manifest's order. */
export const inMountOrder = (mounts: readonly Mount[]): Mount[] =>
  [...mounts].sort((a, b) => components(a.target) - components(b.target))

const components = (path: string) => path.split('/').filter(part => part !== '').length

/** `volumeData`: the directory of a volume's contents; null when an anonymous volume was never made. */
export function coreMount(mount: Mount, volumeData: (mount: Mount & { type: 'volume' }) => string): CoreMount {
  const { target } = mount
  if (mount.type === 'tmpfs') return { type: 'tmpfs', target, sizeBytes: mount.sizeBytes, mode: mount.mode }
  if (mount.type === 'bind') {
    const { source, readOnly, recursive, propagation } = mount
    return { type: 'bind', source, target, readOnly, recursive, propagation }
  }
  const source = volumeData(mount)
  return { type: 'bind', source, target, readOnly: mount.readOnly, recursive: true, propagation: 'rprivate' }
}
