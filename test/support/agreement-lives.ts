import * as fc from 'fast-check'
import type { DesiredContainer, DesiredState, Mount } from '../../src/model/desired.ts'
import type { Behaviour } from './model-containers.ts'
import type { Deed } from './model-host.ts'
import * as specs from './specs.ts'

/** What is declared, one state after another, and what others do before each; the processes keep to `behaviours`. */
export type Life = {
  readonly behaviours: Readonly<Record<string, Behaviour>>
  readonly rounds: readonly { readonly desired: DesiredState; readonly deed: Deed | null }[]
}

export const lifeNames = ['a', 'b', 'shop/a'] as const
const volumeNames = ['data', 'logs'] as const
const longAgo = Object.fromEntries(
  [...lifeNames.map(name => `container ${name}`), ...volumeNames.map(name => `volume ${name}`)].map(key => [key, 0]),
)

const behaviour: fc.Arbitrary<Behaviour> = fc
  .constantFrom(null, null, 0, 7)
  .map(code => ({ exits: code === null ? 0 : 1000, code: code ?? 0, runsMs: 20, stopTakesMs: 0, failedStarts: 0 }))

const mounts: readonly Mount[] = ['data', 'logs', null, null].map((name, place) => ({
  type: 'volume',
  name,
  target: `/mnt/${place}`,
  readOnly: false,
  noCopy: false,
}))

/** It waits without children, whose places others could see. */
const wait = 'mkfifo /tmp/never 2>/dev/null; while :; do read line <> /tmp/never; done'
const script = ({ exits, code }: Behaviour, word: string): string =>
  exits === 0 ? `: ${word}; trap "exit 143" TERM; ${wait}` : `: ${word}; exit ${code}`

const container = (name: string, does: Behaviour): fc.Arbitrary<DesiredContainer> =>
  fc
    .record({
      word: fc.constantFrom('one', 'two'),
      label: fc.constantFrom('x', 'y'),
      mounts: fc.subarray([...mounts], { maxLength: 2 }),
      memoryBytes: fc.constantFrom(null, 64 * specs.mib, 96 * specs.mib + 1),
      pids: fc.constantFrom(null, 32),
      cpuShares: fc.constantFrom(null, 512),
      restart:
        does.exits === 0
          ? fc.constantFrom(
              { policy: 'always' as const, maxRetries: 0 },
              { policy: 'unless-stopped' as const, maxRetries: 0 },
            )
          : fc.constantFrom({ policy: 'no' as const, maxRetries: 0 }, { policy: 'on-failure' as const, maxRetries: 1 }),
      state: fc.constantFrom('running' as const, 'running' as const, 'running' as const, 'stopped' as const),
    })
    .map(({ word, label, mounts: some, memoryBytes, pids, cpuShares, restart, state }) =>
      specs.containerOf(name, {
        spec: { command: ['sh', '-c', script(does, word)], mounts: some },
        limits: { memoryBytes, pids, cpuShares },
        labels: { label },
        restart,
        state,
      }),
    )

const deed: fc.Arbitrary<Deed | null> = fc.option(
  fc.record({
    name: fc.constantFrom(...lifeNames),
    what: fc.constantFrom(
      'kill the payload' as const,
      'kill the shim' as const,
      'write the pids limit' as const,
      'freeze it' as const,
      'move it away' as const,
      'unmount its first mount' as const,
    ),
  }),
  { freq: 2 },
)

const declaredVolumes = fc
  .subarray([...volumeNames])
  .chain(names =>
    fc.tuple(
      ...names.map(name =>
        fc
          .record({ label: fc.constantFrom('x', 'y'), removal: fc.constantFrom('keep' as const, 'delete' as const) })
          .map(({ label, removal }) => specs.volumeOf(name, { labels: { label }, removal })),
      ),
    ),
  )

export const life: fc.Arbitrary<Life> = fc.tuple(behaviour, behaviour, behaviour).chain(all => {
  const behaviours = Object.fromEntries(lifeNames.map((name, place) => [name, all[place] ?? all[0]]))
  const containers = fc.tuple(
    ...lifeNames.map((name, place) => fc.option(container(name, all[place] ?? all[0]), { freq: 4 })),
  )
  const round = fc.record({ containers, volumes: declaredVolumes, deed }).map(one => ({
    deed: one.deed,
    desired: specs.desiredOf(
      one.containers.filter(declared => declared !== null),
      { volumes: one.volumes, sources: [specs.sourceOf({ allowEmpty: true })], absentSinceMs: longAgo },
    ),
  }))
  return fc.record({ behaviours: fc.constant(behaviours), rounds: fc.array(round, { minLength: 3, maxLength: 5 }) })
})
