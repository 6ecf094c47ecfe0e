import { readRecord, writeRecord } from '../../dataroot/objects/containers.ts'
import type { Result } from '../../model/errors.ts'
import { fail, ok } from '../../model/errors.ts'
import { inForce } from '../../model/hold.ts'
import { fullName, type ContainerId } from '../../model/identity.ts'
import { exitCodeOfRun } from '../../status/exit-code.ts'
import { runJson } from '../../status/json.ts'
import { holdText } from '../../status/text/left-text.ts'
import { outcomeLines } from '../../status/passes/outcome.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp, interruptedCode, type Refused } from '../context/context.ts'
import { takePassLock } from '../passes/pass-lock.ts'
import { restartRequestMs } from '../../supervise/restart.ts'
import { printedPasses } from '../loops/printed-passes.ts'
import { nextLookMs } from '../loops/readiness-time.ts'
import { nothingDesired, recordedState } from '../views/recorded.ts'
import { runOf } from '../loops/run-result.ts'
import { withEntry } from './with-entry.ts'
import { showOf } from '../output/show.ts'
import type { World } from '../world/wire.ts'

export type RestartOptions = { readonly timeoutMs: number }

/**
 * Asks in the record for a restart, then makes passes over what was last declared until it is done. A watcher may be
 * quicker: the request is answered by the first start after it, whoever makes it.
 */
export async function restart(context: Context, name: string, options: RestartOptions): Promise<number> {
  return withEntry(context, name, async (world, entry) => {
    const asked = await ask(context, world, entry)
    return asked.ok ? await answerRequest(context, world, entry, options) : giveUp(context, asked.error)
  })
}

async function ask(context: Context, world: World, { container }: PsEntry): Promise<Result<void, Refused>> {
  const { declaration, id } = container
  if (declaration.state === 'stopped') {
    return fail({
      exit: exitCodes.refused,
      message: `${fullName(declaration.name)} is declared as stopped; declare \`state: running\` to start it`,
    })
  }
  const hold = inForce(container.hold, Date.now())
  if (hold !== null) {
    const name = fullName(declaration.name)
    const message = `${name} is held for ${holdText(hold, Date.now())}; \`reconcile release ${name}\` first`
    return fail({ exit: exitCodes.refused, message })
  }
  const lock = await takePassLock(world.core, context.paths.lock, line => context.screen.err(line), context.signal)
  if (!lock.ok) return lock
  try {
    return await requestRestart(context, id)
  } finally {
    lock.value.release()
  }
}

async function requestRestart({ paths }: Context, id: ContainerId): Promise<Result<void, Refused>> {
  const record = readRecord(paths, id)
  if (!record.known) return fail({ exit: exitCodes.failed, message: record.why })
  if (record.value === null) return fail({ exit: exitCodes.failed, message: `container ${id} is gone` })
  const { run, restarts: before } = record.value
  const restarts = { ...before, requestedAtMs: restartRequestMs(run, before.failedStart, Date.now()) }
  const written = await writeRecord(paths, { ...record.value, restarts })
  return written.ok ? ok(undefined) : fail({ exit: exitCodes.failed, message: written.error.message })
}

async function answerRequest(context: Context, world: World, entry: PsEntry, options: RestartOptions): Promise<number> {
  const name = fullName(entry.container.declaration.name)
  const settled = await printedPasses(context, {
    world,
    names: [name],
    tellsStops: true,
    timeoutMs: options.timeoutMs,
    notYetMs: nextLookMs,
    desired: async () => {
      const { containers } = await world.observe(nothingDesired)
      return recordedState(containers.filter(({ declaration }) => fullName(declaration.name) === name))
    },
  })
  if (typeof settled.ended === 'object') return giveUp(context, settled.ended)
  if (settled.ended === 'interrupted' || settled.last === null) {
    const message = `interrupted; ${name} restarts with the next pass`
    return giveUp(context, { exit: interruptedCode(context.signal), message })
  }
  const run = runOf(settled, settled.last)
  answer(context, { text: () => outcomeLines(run, showOf(context)).join('\n'), json: () => runJson(run) })
  const code = exitCodeOfRun(run, false)
  return settled.ended === 'timeout' && code === exitCodes.done ? exitCodes.notReady : code
}
