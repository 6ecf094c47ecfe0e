import type { DesiredState } from '../../model/desired.ts'
import { counted } from '../text/words.ts'

/** `1 container and 1 volume are as declared`; kinds of which there are none are left out. */
export function asDeclared(desired: Pick<DesiredState, 'containers' | 'volumes'>): string {
  const containers = desired.containers.length
  const volumes = desired.volumes.length
  const parts = [
    ...(containers > 0 ? [counted(containers, 'container')] : []),
    ...(volumes > 0 ? [counted(volumes, 'volume')] : []),
  ]
  if (parts.length === 0) return 'nothing is declared'
  return `${parts.join(' and ')} ${containers + volumes === 1 ? 'is' : 'are'} as declared`
}
