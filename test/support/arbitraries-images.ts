import * as fc from 'fast-check'
import type { PullPolicy } from '../../src/model/desired.ts'
import { imageIds, imageOf } from './model-pulls.ts'
import * as specs from './specs.ts'

export const usually = <T>(value: T, otherwise: fc.Arbitrary<T>, weight = 6): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: otherwise })

/** Where a container's files come from; names tell apart what a tag means now from what it meant. */
export const references = ['app:1', 'app:2'] as const
type SomeBase = { readonly image: string | null; readonly pull: PullPolicy }
export const someBase: fc.Arbitrary<SomeBase> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<SomeBase>({ image: null, pull: 'missing' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      image: fc.constantFrom(...references),
      pull: fc.constantFrom<PullPolicy>('missing', 'missing', 'always', 'always', 'never'),
    }),
  },
)

const ids = fc.constantFrom(imageIds.old, imageIds.new)
/** What a tag means here (null: nothing) and at the registry; `asked`: this process has asked already. */
export const tag = fc.record({
  here: usually<string | null>(imageIds.old, fc.constantFrom(null, imageIds.new), 2),
  asked: usually(false, fc.constant(true)),
  failed: usually(0, fc.integer({ min: 1, max: 3 })),
  remote: fc.record({
    id: ids,
    takesMs: fc.constantFrom(0, 700, 30_000),
    failures: usually(0, fc.integer({ min: 1, max: 3 }), 3),
  }),
})
type Tag = typeof tag extends fc.Arbitrary<infer T> ? T : never

/** What the stores and this process know of each tag. */
export function pullsFrom(tagged: readonly (readonly [string, Tag])[]) {
  const of = <T>(value: (one: Tag) => T | null) =>
    Object.fromEntries(
      tagged.flatMap(([reference, one]) => {
        const found = value(one)
        return found === null ? [] : [[reference, found] as const]
      }),
    )
  const atMs = specs.startMs - 4000
  return {
    images: of(({ here }) => (here === null ? { state: 'absent' as const } : imageOf(here))),
    pullsDone: of(({ here, asked }) => (here !== null && asked ? { atMs, id: here } : null)),
    pullFailures: of(({ asked, failed }) => (asked || failed === 0 ? null : { atMs, attempts: failed, message: 'no' })),
  }
}
