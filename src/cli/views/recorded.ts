import type { DesiredContainer, DesiredState } from '../../model/desired.ts'
import type { ObservedContainer } from '../../model/observed.ts'

/** What was declared when these containers were last applied, as a desired state: it makes, prunes and owns nothing else. */
export const recordedState = (containers: readonly ObservedContainer[]): DesiredState => ({
  sources: [],
  containers: containers.map(recordedContainer),
  volumes: [],
  problems: [],
  absentSinceMs: {},
})

const recordedContainer = ({ declaration, origin }: ObservedContainer): DesiredContainer => ({
  ...declaration,
  origin,
  positions: {},
  declaresRestart: false,
})

export const nothingDesired: DesiredState = recordedState([])
