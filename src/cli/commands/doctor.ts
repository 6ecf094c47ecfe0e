import { doctorText } from '../../status/host/doctor.ts'
import { exitCodeOfDoctor } from '../../status/exit-code.ts'
import { answer } from '../context/answer.ts'
import type { Context } from '../context/context.ts'
import { coreLines } from '../doctor/core.ts'
import { cgroupLine, engineLine, kernelLine } from '../doctor/host.ts'
import { networkLines } from '../doctor/network.ts'
import { lostRunLines } from '../doctor/runs.ts'
import { showOf } from '../output/show.ts'

/** What this kernel, these privileges and other engines allow, line by line; changes nothing. */
export async function doctor(context: Context): Promise<number> {
  const { storage, core } = await coreLines(context.paths)
  const lines = [
    kernelLine(),
    cgroupLine(),
    storage,
    core,
    engineLine(context.paths),
    ...(await networkLines(context)),
    ...(await lostRunLines(context)),
  ]
  answer(context, { text: () => doctorText(lines, showOf(context)), json: () => lines })
  return exitCodeOfDoctor(lines)
}
