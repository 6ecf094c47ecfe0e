import { lostRuns, type ObservedState } from '../../model/observed.ts'
import { lostRunText, lostRunWayOut } from '../../status/text/lost-run.ts'

/** Remarks on what lives here of ours without a name; each once. */
export function sayLostRuns(
  observed: Pick<ObservedState, 'unrecorded'>,
  say: (line: string) => void,
  told = new Set<string>(),
): void {
  for (const run of lostRuns(observed)) {
    const text = lostRunText(run)
    if (!told.has(text)) say(`${text}; ${lostRunWayOut(run)}`)
    told.add(text)
  }
}
