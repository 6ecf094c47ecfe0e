import { checkHandover } from '../../dataroot/handover.ts'
import { fullName } from '../../model/identity.ts'
import { handoverText } from '../../status/handover.ts'
import { answer } from '../answer.ts'
import { type Context, exitCodes, giveUp } from '../context.ts'
import { nothingDesired } from '../recorded.ts'
import { openView } from '../wire.ts'

/** Whether a stock dockerd may be started on this data-root now, and what it would do. Changes nothing. */
export async function checkHandoverCommand(context: Context): Promise<number> {
  const view = openView(context)
  if (!view.ok) return giveUp(context, view.error)
  const checked = checkHandover(context.paths)
  if (!checked.ok) return giveUp(context, { exit: exitCodes.failed, message: checked.error.message })
  const observed = await view.value.observe(nothingDesired)
  const running = observed.containers
    .filter(({ phase }) => !phase.known || phase.value.phase === 'running')
    .map(({ declaration }) => fullName(declaration.name))
    .sort()
  const { blockers, containers } = checked.value
  const isReady = blockers.length === 0 && running.length === 0
  answer(context, {
    text: () => handoverText({ blockers, running, containers }, context.paths.root),
    json: () => ({ ready: isReady, blockers, running, containers }),
  })
  return isReady ? exitCodes.done : exitCodes.refused
}
