import { forgetRepository } from '../../dataroot/sources/git-sources.ts'
import { forgetWatcher } from '../../dataroot/sources/watcher-traces.ts'
import { fullName } from '../../model/identity.ts'
import type { ObservedState } from '../../model/observed.ts'
import { repositoryPlace } from '../../model/repository.ts'
import { exitCodeOfRun } from '../../status/exit-code.ts'
import { runJson } from '../../status/json.ts'
import { outcomeLines } from '../../status/passes/outcome.ts'
import type { Run } from '../../status/passes/run.ts'
import { subjectLine } from '../../status/passes/step.ts'
import { volumeUses } from '../../status/objects/volumes.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp, interruptedCode, refused } from '../context/context.ts'
import { openManifests } from '../manifests/manifests.ts'
import { giveUpVolumes } from '../passes/give-up-volumes.ts'
import { liveWatcher } from '../loops/live-watcher.ts'
import { printedPasses } from '../loops/printed-passes.ts'
import { rootRefusal } from '../context/privilege.ts'
import { nothingDesired } from '../views/recorded.ts'
import { runOf } from '../loops/run-result.ts'
import { networkNames } from '../output/object-names.ts'
import { sceneOf } from '../output/scene.ts'
import { withWorld } from '../loops/session.ts'
import { showOf } from '../output/show.ts'
import { allAbsent, declaringNothing, isFromSources } from '../passes/undeclared.ts'
import type { World } from '../world/wire.ts'

/** A stop ends by itself after its grace period, so the passes that wait for it need no limit of their own. */
const noTimeoutMs = 7 * 24 * 3_600_000

/** Removes what these sources declared; what they say now is not looked at. Named volumes stay. */
export async function down(context: Context, paths: readonly string[]): Promise<number> {
  const unprivileged = rootRefusal()
  if (unprivileged !== null) return giveUp(context, unprivileged)
  const allowed = { ...context, options: { ...context.options, allowEmpty: true } }
  const manifests = await openManifests(allowed, paths, 'recall')
  const watcher = liveWatcher(
    context.paths,
    manifests.sources.map(({ name }) => name),
  )
  if (watcher !== null) {
    const { pid } = watcher.process
    return giveUp(
      context,
      refused(`process ${pid} watches ${watcher.source} and would start all of it again: end it first (kill ${pid})`),
    )
  }
  const { desired } = await manifests.read()
  return withWorld(context, world => removeAll(context, world, declaringNothing(desired.sources)))
}

async function removeAll(
  context: Context,
  world: World,
  desired: ReturnType<typeof declaringNothing>,
): Promise<number> {
  const before = await world.observe(nothingDesired)
  const settled = await printedPasses(context, {
    world,
    names: namesIn(before),
    tellsStops: false,
    timeoutMs: noTimeoutMs,
    desired: async () => ({ ...desired, absentSinceMs: allAbsent(before) }),
  })
  if (typeof settled.ended === 'object') return giveUp(context, settled.ended)
  if (settled.ended === 'interrupted' || settled.last === null) {
    const message = 'interrupted: stops that were begun end by themselves; run it again to remove the rest'
    return giveUp(context, { exit: interruptedCode(context.signal), message })
  }
  for (const { name } of desired.sources) forgetWatcher(context.paths, name)
  const { git } = context.options
  const run = runOf(settled, settled.last)
  if (exitCodeOfRun(run, false) === exitCodes.done) {
    await giveUpVolumes(context, world, desired.sources)
    if (git !== null) await forgetRepository(context.paths, repositoryPlace(git.address.repository, git.path))
  }
  answer(context, { text: () => closingText(context, before, run), json: () => runJson(run) })
  return exitCodeOfRun(run, false)
}

const namesIn = ({ containers, volumes, networks = [] }: ObservedState): string[] => [
  ...containers.map(({ declaration }) => fullName(declaration.name)),
  ...volumes.map(({ name }) => name),
  ...networkNames(networks),
]

function closingText(context: Context, before: ObservedState, run: Run): string {
  const { sources } = run.last.desired
  const scene = sceneOf(showOf(context), namesIn(before))
  const kept = keptVolumes(before, run).map(name =>
    subjectLine(' ', 'volume', name, `kept; remove with \`reconcile volumes rm ${name}\``, scene),
  )
  if (exitCodeOfRun(run, false) !== exitCodes.done) return [...kept, ...outcomeLines(run, showOf(context))].join('\n')
  if (kept.length > 0 || run.steps.length > 0) return kept.join('\n')
  return `nothing to remove: nothing here was declared by ${sources.map(({ name }) => name).join(', ')}`
}

/** Named volumes that these sources declared, or that only a removed container's mount had made. */
function keptVolumes(before: ObservedState, { last: { desired, observed } }: Run): string[] {
  const removed = before.containers.filter(({ id }) => !observed.containers.some(container => container.id === id))
  const mounted = volumeUses(before.volumes, removed).filter(({ usedBy }) => usedBy.length > 0)
  return observed.volumes
    .filter(
      ({ name, origin, anonymous }) =>
        !anonymous && (isFromSources(origin, desired.sources) || mounted.some(({ volume }) => volume.name === name)),
    )
    .map(({ name }) => name)
}
