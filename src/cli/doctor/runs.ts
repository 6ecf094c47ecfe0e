import { lostRuns } from '../../model/observed.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'
import { lostRunText, lostRunWayOut } from '../../status/text/lost-run.ts'
import type { Context } from '../context/context.ts'
import { nothingDesired } from '../views/recorded.ts'
import { openView } from '../world/wire.ts'

/** One line for each run of the data-root of which nothing is known; none on a healthy host. */
export async function lostRunLines(context: Context): Promise<DoctorLine[]> {
  const view = openView(context)
  if (!view.ok) return []
  const runs = lostRuns(await view.value.observe(nothingDesired))
  return runs.map(run => ({ name: 'runs', found: lostRunText(run), verdict: 'limited', advice: lostRunWayOut(run) }))
}
