import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { applied, bucketElements, emptyDatabase, planCommit } from '../../../../src/dataroot/bbolt/commit.ts'
import type { Commit } from '../../../../src/dataroot/bbolt/commit.ts'
import { currentMeta, readable } from '../../../../src/dataroot/bbolt/layout.ts'
import { reachablePages } from '../../../../src/dataroot/bbolt/read-tree.ts'

type Rows = Readonly<Record<string, string>>

const elementsOf = (rows: Rows) =>
  Object.entries(rows).map(([key, value]) => ({ flags: 0, key: Buffer.from(key), value: Buffer.from(value) }))
const rowsIn = (file: Buffer, bucket = 'volumes'): Rows =>
  Object.fromEntries(bucketElements(file, bucket).map(({ key, value }) => [key.toString(), value.toString()]))
const sorted = (rows: Rows) =>
  Object.fromEntries(Object.entries(rows).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))))

const someRows: fc.Arbitrary<Rows> = fc.dictionary(
  fc.stringMatching(/^[a-z0-9_.-]{1,40}$/),
  fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.nat(9000).map(length => 'x'.repeat(length)),
  ),
  { maxKeys: 120, noNullPrototype: true },
)

test('what is written is read again, however often it changes, and pages are used again', () => {
  fc.assert(
    fc.property(fc.array(someRows, { minLength: 1, maxLength: 6 }), versions => {
      let file: Buffer = emptyDatabase()
      for (const rows of versions) {
        file = applied(file, planCommit(file, 'volumes', elementsOf(rows)))
        assert.deepEqual(rowsIn(file), sorted(rows))
      }
      const mostBytes = Math.max(...versions.map(rows => JSON.stringify(rows).length))
      assert.ok(file.length < 30 * (mostBytes + 4096), `${file.length} bytes for ${mostBytes}`)
    }),
    { numRuns: 60, seed: 20_260_107 },
  )
})

test('a crash at any page of a transaction leaves what was there before', () => {
  fc.assert(
    fc.property(someRows, someRows, fc.nat(), (before, after, chosen) => {
      let file: Buffer = emptyDatabase()
      for (const rows of [{ first: '1' }, before]) file = applied(file, planCommit(file, 'volumes', elementsOf(rows)))
      const commit = planCommit(file, 'volumes', elementsOf(after))
      const torn: Commit = { ...commit, runs: commit.runs.slice(0, chosen % (commit.runs.length + 1)) }
      assert.deepEqual(
        rowsIn(applied(file, { ...torn, meta: { id: torn.meta.id, bytes: Buffer.alloc(4096, 7) } })),
        sorted(before),
      )
      const old = file.subarray(commit.meta.id * 4096, commit.meta.id * 4096 + 4096)
      assert.deepEqual(rowsIn(applied(file, { ...torn, meta: { id: commit.meta.id, bytes: old } })), sorted(before))
    }),
    { numRuns: 60, seed: 20_260_108 },
  )
})

test('a transaction overwrites no page that the file shows', () => {
  let file: Buffer = emptyDatabase()
  for (let round = 0; round < 40; round++) {
    const rows = Object.fromEntries(Array.from({ length: (round * 17) % 150 }, (_, i) => [`v${i}`, 'y'.repeat(i * 3)]))
    const commit = planCommit(file, 'volumes', elementsOf(rows))
    const meta = currentMeta(file)
    assert.ok(meta !== null)
    const shown = reachablePages(file, meta)
    for (const { id, bytes } of commit.runs) {
      for (let page = id; page < id + bytes.length / 4096; page++) assert.ok(!shown.has(page))
    }
    assert.notEqual(commit.meta.id, meta.slot)
    file = applied(file, commit)
  }
})

test('other buckets stay as they are', () => {
  let file: Buffer = emptyDatabase()
  file = applied(file, planCommit(file, 'other', elementsOf({ a: '1'.repeat(5000) })))
  for (let round = 0; round < 5; round++) {
    file = applied(file, planCommit(file, 'volumes', elementsOf({ [`r${round}`]: 'x' })))
  }
  assert.deepEqual(rowsIn(file, 'other'), { a: '1'.repeat(5000) })
  assert.deepEqual(rowsIn(file), { r4: 'x' })
  assert.deepEqual(rowsIn(file, 'absent'), {})
})

test('whatever is in a damaged file, reading it ends, with a reason or with rows', () => {
  const good = applied(
    emptyDatabase(),
    planCommit(emptyDatabase(), 'volumes', elementsOf({ a: 'b', c: 'd'.repeat(9000) })),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(good.length),
      (changes, length) => {
        const file = Buffer.from(good)
        for (const [at, byte] of changes) file[at] = byte
        for (const bytes of [file, file.subarray(0, length)]) {
          const read = readable(() => bucketElements(bytes, 'volumes'))
          const planned = readable(() => planCommit(bytes, 'volumes', []))
          assert.ok('value' in read || read.why !== '')
          assert.ok('value' in planned || planned.why !== '')
        }
      },
    ),
    { numRuns: 400, seed: 20_260_109 },
  )
})
