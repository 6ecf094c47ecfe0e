import { checkHandover } from '../../dataroot/handover/handover.ts'
import { storageDriver } from '../../dataroot/layout/storage-driver.ts'
import { fullName } from '../../model/identity.ts'
import { lostRuns, type ObservedContainer, type ObservedState } from '../../model/observed.ts'
import { flockHolders } from '../../observe/flocks.ts'
import { neededNetworks } from '../../status/host/docker-networks.ts'
import { handoverText } from '../../status/host/handover.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'
import { nothingDesired } from '../views/recorded.ts'
import { openView } from '../world/wire.ts'

/** Whether a stock dockerd may be started on this data-root now, and what it would do. Changes nothing. */
export async function checkHandoverCommand(context: Context): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const { paths } = context
  const checked = checkHandover(paths)
  if (!checked.ok) return giveUp(context, { exit: exitCodes.failed, message: checked.error.message })
  const observed = await view.value.observe(nothingDesired)
  const running = runningNames(observed)
  const { blockers, containers } = checked.value
  const listed = new Set(containers.filter(({ fate }) => fate !== 'skips').map(({ id }) => id))
  const unwrittenExits = observed.containers.filter(one => listed.has(one.id) && !one.exitRecorded).map(nameOf)
  // a dockerd that runs here holds it alone; whoever of ours lives shares it
  const heldBy = flockHolders('/proc', paths.metadataDb)
  const driver = storageDriver(paths)
  const isReady = blockers.length === 0 && running.length === 0 && heldBy.length === 0
  const networks = neededNetworks(containers, observed.networks ?? [])
  const told = { driver, blockers, running, heldBy, unwrittenExits, containers, networks }
  answer(context, {
    text: () => handoverText(told, paths.root),
    json: () => ({ ready: isReady, ...told }),
  })
  return isReady ? exitCodes.done : exitCodes.refused
}

const nameOf = ({ declaration }: ObservedContainer) => fullName(declaration.name)

/** What runs, or may run, of ours. */
const runningNames = (observed: ObservedState): string[] =>
  [
    ...observed.containers
      .filter(({ phase }) => !phase.known || phase.value.phase === 'running' || phase.value.phase === 'starting')
      .map(nameOf),
    ...lostRuns(observed).map(({ id }) => id),
  ].sort()
