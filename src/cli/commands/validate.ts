import { exitCodeOfValidate } from '../../status/exit-code.ts'
import { revisionsJson, validateJson } from '../../status/json.ts'
import { validLine } from '../../status/text/lines.ts'
import { problemsClosing, problemsText } from '../../status/sources/problems.ts'
import type { Show } from '../../status/text/show.ts'
import { answer } from '../context/answer.ts'
import type { Context } from '../context/context.ts'
import { openManifests, type Reading } from '../manifests/manifests.ts'
import { refuseAllMissing, sayMissing } from '../manifests/missing-sources.ts'
import { sayProblems } from '../manifests/say-problems.ts'
import { sayRevisions } from '../manifests/say-revisions.ts'
import { showOf } from '../output/show.ts'

/** Looks at manifests alone: no root, no data-root, no host. */
export async function validate(context: Context, paths: readonly string[]): Promise<number> {
  const manifests = await openManifests(context, paths, 'look')
  const reading = await manifests.read()
  const { desired, files } = reading
  const { problems } = desired
  const show = showOf(context, manifests.display)
  const missing = refuseAllMissing(context, reading)
  if (missing !== null) return missing
  sayRevisions(context, reading, null)
  if (context.options.annotates) sayProblems(context, reading, 'would be', show)
  answer(context, {
    text: () => textOf(context, reading, show),
    json: () => ({ ...validateJson(files, desired), ...revisionsJson(reading.revisions) }),
  })
  return sayMissing(context, reading, exitCodeOfValidate(problems))
}

/** Mistakes that are annotations already are only counted. */
function textOf({ options }: Context, { desired, files }: Reading, show: Show): string {
  if (desired.problems.length === 0) return validLine(files, desired)
  return options.annotates
    ? problemsClosing(desired.problems, files, 'would be')
    : problemsText(desired.problems, files, 'would be', show)
}
