import { annotation } from '../../status/passes/annotations.ts'
import { problemsText } from '../../status/sources/problems.ts'
import type { Show } from '../../status/text/show.ts'
import type { Context } from '../context/context.ts'
import type { Reading } from './manifests.ts'

/** Problems beside an answer go to standard error; JSON answers have them inside. */
export function sayProblems(
  { screen, options }: Pick<Context, 'screen' | 'options'>,
  { desired: { problems }, files }: Reading,
  tense: 'would be' | 'was',
  show: Show,
): void {
  if (problems.length === 0 || options.output === 'json') return
  if (options.annotates) screen.out(problems.map(problem => annotation(problem, show)).join('\n'))
  else screen.err(problemsText(problems, files, tense, show))
}
