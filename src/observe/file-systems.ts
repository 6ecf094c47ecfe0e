import type { Mount } from '../model/desired.ts'
import type { FileSystems } from '../model/run-facts.ts'
import { foreignPoints } from './foreign-mounts.ts'
import { readMountFile } from './mount-file.ts'
import { bytesOf, parseMountTable, wayTo } from './mount-table.ts'
import { targetInside } from './mount-target.ts'

/** Which of a process's binds show a whole file system now, and which one; what can't be told is left out. */
export function readFileSystems(procRoot: string, pid: number, mounts: readonly Mount[]): FileSystems {
  const targets = mounts.flatMap(({ type, target }) => (type === 'bind' ? [target] : []))
  if (targets.length === 0) return {}
  const own = readMountFile(`${procRoot}/${pid}/mountinfo`)
  const first = own.known ? parseMountTable(own.value, targets) : null
  if (!own.known || first === null) return {}
  const foreign = foreignPoints(own.value)
  const paths = targets.map(target => targetInside(first, foreign, `${procRoot}/${pid}/root`, target).path)
  const table = parseMountTable(own.value, paths) ?? first
  const shown = paths.map((path, index) => {
    const seen = wayTo(table, path).at(-1)
    const isWhole = seen?.root === '/' && seen.point === bytesOf(path)
    return [targets[index] ?? '', isWhole ? seen.device : ''] as const
  })
  return Object.fromEntries(shown)
}
