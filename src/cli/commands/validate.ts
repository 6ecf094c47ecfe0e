import { exitCodeOfValidate } from '../../status/exit-code.ts'
import { validateJson } from '../../status/json.ts'
import { validLine } from '../../status/lines.ts'
import { problemsText } from '../../status/problems.ts'
import { answer } from '../answer.ts'
import type { Context } from '../context.ts'
import { openManifests } from '../desired.ts'
import { refuseAllMissing, sayMissing } from '../missing-sources.ts'
import { showOf } from '../show.ts'

/** Looks at manifests alone: no root, no data-root, no host. */
export async function validate(context: Context, paths: readonly string[]): Promise<number> {
  const manifests = openManifests(context, paths)
  const reading = await manifests.read()
  const { desired, files } = reading
  const { problems } = desired
  const show = showOf(context, manifests.display)
  const missing = refuseAllMissing(context, reading)
  if (missing !== null) return missing
  answer(context, {
    text: () => (problems.length > 0 ? problemsText(problems, files, 'would be', show) : validLine(files, desired)),
    json: () => validateJson(files, desired),
  })
  return sayMissing(context, reading, exitCodeOfValidate(problems))
}
