import { ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'

/** E_BUSY: somebody else has a port; once more, as that may have been one of these, who has given it up now. */
export const proxyPorts: Executor<'proxy-ports'> = async ({ core }, { runs }) => {
  const wanted = runs.map(({ id, process: { pid, startTicks }, sockets }) => ({
    containerId: id,
    pid,
    startTicks,
    sockets,
  }))
  const first = await core.proxy(wanted)
  const held = !first.ok && first.error.code === 'E_BUSY' && runs.length > 1 ? await core.proxy(wanted) : first
  return held.ok ? ok({}) : held
}
