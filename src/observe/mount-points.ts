import type { DesiredState } from '../model/desired.ts'
import { readMountFile } from './mount-file.ts'
import { bytesOf, parseMountTable, wayTo } from './mount-table.ts'
import { realPath } from './real-path.ts'

/** The bind sources that are no mount points and must be; what doesn't answer counts as one of them. */
export async function readUnmounted(procRoot: string, { containers }: DesiredState): Promise<string[]> {
  const required = containers.flatMap(({ spec }) =>
    spec.mounts.flatMap(mount => (mount.type === 'bind' && mount.requireMount === true ? [mount.source] : [])),
  )
  if (required.length === 0) return []
  const paths = [...new Set(required)].sort()
  const found = await Promise.all(paths.map(realPath))
  const real = found.map(path => (path.known ? path.value : null))
  const host = readMountFile(`${procRoot}/self/mountinfo`)
  const table = host.known
    ? parseMountTable(
        host.value,
        real.filter(path => path !== null),
      )
    : null
  return paths.filter((_, index) => {
    const path = real[index]
    if (table === null || path === null || path === undefined) return true
    return wayTo(table, path).at(-1)?.point !== bytesOf(path)
  })
}
