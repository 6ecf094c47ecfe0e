import type { ObservedState } from '../../model/observed.ts'
import { readBindSources } from '../../observe/bind-sources.ts'
import { readUnmounted } from '../../observe/mount-points.ts'
import { recordedState } from './recorded.ts'

/** With what stands at the sources of the containers that don't run: a plan tells what keeps them from it. */
export async function withStartSources(observed: ObservedState): Promise<ObservedState> {
  const idle = recordedState(observed.containers.filter(({ phase }) => phase.known && phase.value.phase !== 'running'))
  const [bindSources, unmountedSources] = await Promise.all([readBindSources(idle), readUnmounted('/proc', idle)])
  return { ...observed, bindSources: { ...observed.bindSources, ...bindSources }, unmountedSources }
}
