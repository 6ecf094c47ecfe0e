import type { Mount } from '../model/desired.ts'
import type { PlanMount } from '../runtime/plan.ts'

/** Parents before what lies in them: by the number of path components, as Docker sorts; equals keep the manifest's order. */
export const inMountOrder = (mounts: readonly Mount[]): Mount[] =>
  [...mounts].sort((a, b) => components(a.target) - components(b.target))

const components = (path: string) => path.split('/').filter(part => part !== '').length

/** A mount as the core makes it. `source`: the directory or file that is shown; unused for tmpfs. */
export function planMount(mount: Mount, source: string): PlanMount {
  const { target, readOnly } = mount
  if (mount.type === 'tmpfs') return { type: 'tmpfs', target, readOnly, sizeBytes: mount.sizeBytes, mode: mount.mode }
  const { recursive, propagation } = mount.type === 'bind' ? mount : volumeBind
  return { type: 'bind', source, target, readOnly, recursive, propagation }
}

const volumeBind = { recursive: true, propagation: 'rprivate' } as const
