import { type Core, openCore } from '../../../src/runtime/core.ts'
import type { Call } from '../../support/fault-injector.ts'
import type { Cleaning } from '../../support/lab.ts'
import { value } from '../../support/registry-client.ts'
import { type Reference, type Round, type RoundOptions, runRound } from './round.ts'
import type { Scenario } from './scenarios.ts'
import { openStage } from './stage.ts'

/** A scenario that was run once undisturbed, ready for rounds with faults. */
export type Rehearsal = {
  /** of the undisturbed run */
  readonly calls: readonly Call[]
  readonly reference: Reference
  readonly round: (options: Omit<RoundOptions, 'reference'>) => Promise<Round>
}

export async function rehearse(
  cleaning: Cleaning,
  scenario: Scenario,
  countsReads: boolean,
  known: Reference | null = null,
): Promise<Rehearsal> {
  const stage = await openStage(cleaning)
  await scenario.prepare(stage)
  const core: Core = value(
    openCore({
      rootId: stage.rootId(),
      runDir: stage.lab.run,
      shimPath: `${process.cwd()}/build/reconcile-shim`,
      cgroupParent: `reconcile-${stage.rootId()}`,
    }),
  )
  cleaning.after(() => core.close())
  stage.keep()
  const round = (options: RoundOptions) => runRound(stage, core, scenario, options)
  const { injected, reference } = await round({ fault: null, at: 0, countsReads, reference: known })
  return { calls: injected.calls, reference, round: options => round({ ...options, reference }) }
}
