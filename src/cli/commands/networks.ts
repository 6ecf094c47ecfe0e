import { networkMembers, type NetworkMembers, networksTable } from '../../status/objects/networks.ts'
import { networksJson } from '../../status/json.ts'
import { jsonText } from '../../status/text/json-text.ts'
import type { Step } from '../../model/plan.ts'
import { subjectLine } from '../../status/passes/step.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp, refused } from '../context/context.ts'
import { sceneOf } from '../output/scene.ts'
import { showOf } from '../output/show.ts'
import { takePassLock } from '../passes/pass-lock.ts'
import { nothingDesired } from '../views/recorded.ts'
import { askLinksOnce } from '../world/own-core.ts'
import { openView, openWorld, type World } from '../world/wire.ts'

export async function listNetworks(context: Context): Promise<number> {
  const view = openView(context, askLinksOnce)
  if (!view.ok) return giveUp(context, view.error)
  const { networks = [], containers } = await view.value.observe(nothingDesired)
  const uses = networkMembers(networks, containers)
  const show = showOf(context)
  answer(context, { text: () => networksTable(uses, show), json: () => networksJson(uses) })
  return exitCodes.done
}

/** All that is known of one network, as JSON. */
export async function inspectNetwork(context: Context, name: string): Promise<number> {
  const view = openView(context, askLinksOnce)
  if (!view.ok) return giveUp(context, view.error)
  const { networks = [], containers } = await view.value.observe(nothingDesired)
  const [facts] = networksJson(networkMembers(networks, containers).filter(({ network }) => network.name === name))
  if (facts === undefined) return giveUp(context, unknownNetwork(name))
  context.screen.out(jsonText({ kind: 'network', ...facts }))
  return exitCodes.done
}

const unknownNetwork = (name: string) => ({
  exit: exitCodes.failed,
  message: `${name} is no network of this data-root; \`reconcile networks ls\` lists them`,
})

/** One that nobody is on. Where a manifest still declares it, the next pass makes it anew. */
export async function removeNetwork(context: Context, name: string): Promise<number> {
  const world = await openWorld(context)
  if (!world.ok) return giveUp(context, world.error)
  const { core, close } = world.value
  try {
    const lock = await takePassLock(core, context.paths.lock, line => context.screen.err(line), context.signal)
    if (!lock.ok) return giveUp(context, lock.error)
    try {
      return await removeUnused(context, world.value, name)
    } finally {
      lock.value.release()
    }
  } finally {
    close()
  }
}

async function removeUnused(context: Context, world: World, name: string): Promise<number> {
  const { networks = [], containers } = await world.observe(nothingDesired)
  const [use] = networkMembers(networks, containers).filter(({ network }) => network.name === name)
  if (use === undefined) return giveUp(context, unknownNetwork(name))
  const [member] = Object.keys(use.members)
  if (member !== undefined)
    return giveUp(context, refused(`network ${name} is used by container ${member}: take that off it first`))
  const removed = await world.execute(removal(use))
  if (!removed.ok)
    return giveUp(context, { exit: exitCodes.failed, message: `network ${name}: ${removed.error.message}` })
  if (context.options.output === 'json') context.screen.out(JSON.stringify({ removed: [name] }))
  else context.screen.out(subjectLine('-', 'network', name, 'removed', sceneOf(showOf(context), [name])))
  return exitCodes.done
}

const removal = ({ network: { id, name } }: NetworkMembers): Step => ({
  id: 1,
  subject: { kind: 'network', name, id: null },
  action: { kind: 'delete-network', network: { id, name } },
  reason: { code: 'undeclared' },
  class: 'remove',
  after: [],
  position: null,
})
