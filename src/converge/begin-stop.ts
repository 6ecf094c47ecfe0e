import { constants } from 'node:os'
import { writeRecord } from '../dataroot/objects/containers.ts'
import { settingsOrDeclared } from '../dataroot/images/recorded-settings.ts'
import { readRunState } from '../dataroot/records/run-state.ts'
import type { StopRule } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import { adoptRun } from './adopt-container.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { storedRecord } from './records.ts'
import { signalName, signalNumber } from './signals.ts'

/**
 * Asks the shim first, then records the stop: a crash between the two makes the next pass ask again, which the shim
 * takes; the other way round everybody would wait out the grace for a stop that nobody had begun.
 */
export const beginStop: Executor<'begin-stop'> = async (deps, { id, stop, again }) => {
  const record = storedRecord(deps, id)
  if (!record.ok) return record
  const rule = stopRule(deps, record.value, stop)
  if (!rule.ok) return rule
  const { signal, graceMs } = rule.value
  const sinceMs = deps.now()
  const runBefore = currentRun(deps, record.value)
  const asked = await askToStop(deps, id, signal, graceMs)
  const facts = { stop: { signal: signalName(signal), graceMs } }
  if (!asked.ok) return hasEnded(deps, runBefore) ? ok(facts) : asked
  const run = currentRun(deps, record.value)
  const written = await writeRecord(deps.paths, {
    ...record.value,
    run,
    stop: { sinceMs, graceMs, ...(again === undefined ? {} : { again }) },
  })
  return written.ok ? ok(facts) : written
}

/** An image's signal that doesn't exist is left aside: its container must be stoppable. */
function stopRule(
  { paths }: ConvergeDeps,
  { declaration, image }: ContainerRecord,
  stop: StopRule,
): Result<{ readonly signal: number; readonly graceMs: number }> {
  const { settings } = settingsOrDeclared(paths, { declaration: { ...declaration, stop }, image })
  const signal = signalNumber(settings.stopSignal) ?? (stop.signal === null ? constants.signals.SIGTERM : null)
  if (signal === null) return fail({ code: 'E_SPEC', message: `no such signal: ${stop.signal}` })
  return ok({ signal, graceMs: settings.stopGraceMs })
}

/** A shim that died since it was observed is replaced: only a shim can stop a container and learn its exit. */
async function askToStop(deps: ConvergeDeps, id: string, signal: number, graceMs: number): Promise<Result<void>> {
  const { core } = deps
  const asked = await core.stop(id, signal, graceMs)
  if (asked.ok || asked.error.code !== 'E_SHIM') return asked
  const adopted = await adoptRun(deps, id)
  return adopted.ok ? core.stop(id, signal, graceMs) : asked
}

/** It ended by itself between the look and the stop, and its shim with it; the next look finds the exit. */
function hasEnded({ core }: ConvergeDeps, run: ContainerRecord['run']): boolean {
  if (run === null) return false
  const { pid, startTicks, bootId } = run.process
  if (bootId !== core.bootId) return true
  const reached = core.signal(pid, startTicks, 0)
  return !reached.ok && reached.error.code === 'E_GONE'
}

/** A stop belongs to a run, and a pass that died after a start has not recorded that run. */
function currentRun({ paths, rootId }: ConvergeDeps, { id, run }: ContainerRecord): ContainerRecord['run'] {
  const state = readRunState(paths, rootId, id)
  if (!state.known || state.value === null) return run
  const { pid, startTicks, bootId, startedAtMs } = state.value
  return { process: { pid, startTicks, bootId }, startedAtMs }
}
