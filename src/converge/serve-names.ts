import { containerPaths } from '../dataroot/layout/paths.ts'
import { refreshHosts } from '../dataroot/objects/hosts.ts'
import { leadToResolver, readHostEtc } from '../dataroot/rootfs/etc-files.ts'
import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { storedRecord } from './records.ts'

/** Their programs are led to the resolver once it answers. */
export const serveNames: Executor<'serve-names'> = async (deps, { runs }) => {
  const { paths, core } = deps
  const written = refreshHosts(paths)
  if (!written.ok) return written
  const served = await core.resolver(
    runs.map(({ id, process: { pid, startTicks } }) => ({
      containerId: id,
      pid,
      startTicks,
      names: containerPaths(paths, id).names,
    })),
  )
  if (!served.ok) return served
  const host = readHostEtc()
  for (const { id } of runs) {
    const record = storedRecord(deps, id)
    if (!record.ok) return record
    const led = leadToResolver(paths, record.value, host)
    if (!led.ok) return led
  }
  return ok({})
}
