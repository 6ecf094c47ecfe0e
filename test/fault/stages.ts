import type { DesiredState } from '../../src/model/desired.ts'
import { containerOf, desiredOf, mib, sourceOf, volumeOf } from '../support/specs.ts'

/** A part of one container's life: begins where each of `from` has converged, with what has happened `since`. */
export type Stage = {
  readonly from: readonly StageName[]
  readonly since?: 'payload-killed' | 'shim-killed'
  readonly desired: DesiredState
}
export type StageName = 'up' | 'limits' | 'recreate' | 'stopped' | 'restart' | 'adopt' | 'down'

const container = (word: string, memoryBytes: number, state: 'running' | 'stopped' = 'running') =>
  containerOf('web', {
    state,
    stop: { signal: 'SIGTERM', graceMs: 2000 },
    limits: { memoryBytes, pids: 16 },
    spec: {
      command: ['sh', '-c', `echo ${word} >> /anonymous/words; trap "exit 0" TERM; while :; do sleep 0.05; done`],
      mounts: [
        { type: 'volume', name: 'named', target: '/named', readOnly: false, noCopy: false },
        { type: 'volume', name: null, target: '/anonymous', readOnly: false, noCopy: false },
      ],
    },
  })

const declared = (...args: Parameters<typeof container>) =>
  desiredOf([container(...args)], { volumes: [volumeOf('named')] })

/** Absent for long enough to be pruned at once. */
const nothing = desiredOf([], {
  sources: [sourceOf({ allowEmpty: true })],
  absentSinceMs: { 'container web': 0, 'volume named': 0 },
})

const up = declared('one', 64 * mib)

export const stages: Readonly<Record<StageName, Stage>> = {
  up: { from: ['down'], desired: up },
  limits: { from: ['up'], desired: declared('one', 96 * mib) },
  recreate: { from: ['up'], desired: declared('two', 64 * mib) },
  stopped: { from: ['up'], desired: declared('one', 64 * mib, 'stopped') },
  // a container that was restarted before would wait for its back-off
  restart: { from: ['down', 'up'], since: 'payload-killed', desired: up },
  adopt: { from: ['up'], since: 'shim-killed', desired: up },
  down: { from: ['up'], desired: nothing },
}
