import type { UnrecordedRun } from '../../model/observed.ts'

type Run = Pick<UnrecordedRun, 'id' | 'pid'>

/** A run of this data-root of which nothing tells any more what it is. */
export const lostRunText = ({ id, pid }: Run): string =>
  `unknown container ${id.slice(0, 12)}, pid ${pid}: its record is lost`

export const lostRunWayOut = ({ pid }: Run): string =>
  `no container is made and no volume removed until it ends: \`kill ${pid}\``
