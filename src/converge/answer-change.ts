import { readKeptFiles, writeKeptFiles } from '../dataroot/records/files.ts'
import { fail, ok } from '../model/errors.ts'
import type { Executor } from './deps.ts'
import { signalNumber } from './signals.ts'

/**
 * The signal first, then the note of it, at once: whoever dies between the two has it sent again by the next pass, and no
 * change is lost.
 */
export const answerChange: Executor<'answer-change'> = async (
  { paths, core },
  { id, process, target, file, signal },
) => {
  const kept = readKeptFiles(paths, id)
  if (signal !== null) {
    const number = signalNumber(signal)
    if (number === null) return fail({ code: 'E_SPEC', message: `no such signal: ${signal}` })
    const sent = core.signal(process.pid, process.startTicks, number)
    if (!sent.ok) return sent
  }
  const written = writeKeptFiles(paths, id, { ...kept, [target]: file })
  return written.ok ? ok({}) : written
}
