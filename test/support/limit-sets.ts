import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { DesiredContainer } from '../../src/model/desired.ts'
import { type DeclaredLimits, limitNames } from '../../src/model/limits.ts'
import type { Disk } from './disk.ts'
import type { RealHost } from './real-host.ts'
import { containerOf, desiredOf, mib } from './specs.ts'

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 1 })
/** Near the bounds more often than elsewhere. */
const between = (min: number, max: number) => fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max))
const leastMemory = 6 * mib

/** As manifests may say them: sizes that are no pages, swap at least the memory, reservations at most. */
const memory = maybe(
  fc.record({
    memoryBytes: between(leastMemory, 2 ** 34),
    swapBytes: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 34 }))),
    unlimitedSwap: fc.boolean(),
    reserved: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
  }),
).map(one => {
  if (one === null) return {}
  const { memoryBytes, swapBytes, unlimitedSwap, reserved } = one
  if (unlimitedSwap && swapBytes === null) return { memoryReservationBytes: memoryBytes }
  const room = memoryBytes - leastMemory
  return {
    memoryBytes,
    memorySwapBytes: swapBytes === null ? null : unlimitedSwap ? -1 : memoryBytes + swapBytes,
    memoryReservationBytes: reserved === null ? null : leastMemory + Math.floor(room * reserved),
  }
})

const cpu = fc.record({
  cpuPeriodUs: maybe(between(1000, 1_000_000)),
  cpuQuotaUs: maybe(fc.oneof(between(1000, 1_000_000), fc.constantFrom(-1, 1e12))),
  cpuShares: maybe(fc.oneof(between(2, 262_144), fc.constantFrom(3, 100, 1023, 1024, 1025))),
  cpusetCpus: maybe(fc.constantFrom('0', '1', '0-1', '1,0', '0,0-1', '1,1')),
  cpusetMems: maybe(fc.constantFrom('0', '0,0', '0-0')),
  pids: maybe(fc.oneof(between(1, 4_194_304), fc.constant(-1))),
})

const rate = (max: number) => fc.option(between(2, max), { nil: undefined })

const io = (disk: Disk) =>
  fc
    .record({
      weight: fc.option(fc.oneof(between(10, 1000), fc.constantFrom(100, 500)), { nil: undefined }),
      readBps: rate(Number.MAX_SAFE_INTEGER),
      writeBps: rate(Number.MAX_SAFE_INTEGER),
      readIops: rate(4_294_967_294),
      writeIops: rate(4_294_967_294),
    })
    .map(({ weight, ...rates }): Partial<DeclaredLimits> => {
      const set = Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined))
      return {
        ...(weight === undefined ? {} : { blkioWeight: weight }),
        ...(Object.keys(set).length === 0 ? {} : { blkio: [{ device: disk.path, ...set }] }),
      }
    })

/** Limits that a manifest may declare and this host can be asked for. */
export const someLimits = (disk: Disk): fc.Arbitrary<Partial<DeclaredLimits>> =>
  fc.tuple(memory, cpu, io(disk)).map(parts => Object.assign({}, ...parts) as Partial<DeclaredLimits>)

const container = (limits: Partial<DeclaredLimits>): DesiredContainer =>
  containerOf('web', { limits, bestEffort: true, spec: { command: ['sleep', '100000'] } })

export type SetsReport = { readonly sets: number; readonly unenforceable: Readonly<Record<string, number>> }

/** Applies each set to one running container; the next plan must be empty, and the process the same. */
export async function applySets(host: RealHost, disk: Disk, sets: number, seed: number): Promise<SetsReport> {
  const unenforceable: Record<string, number> = {}
  let applied = 0
  const { observed } = await host.converge(desiredOf([container({})]))
  await fc.assert(
    fc.asyncProperty(someLimits(disk), async limits => {
      const desired = desiredOf([container(limits)])
      const { steps, plan } = await host.pass(desired)
      assert.deepEqual(
        steps.filter(({ result }) => result !== 'done'),
        [],
      )
      for (const one of plan.notices.flatMap(notice => notice.unenforceable))
        unenforceable[limitNames[one.field]] = (unenforceable[limitNames[one.field]] ?? 0) + 1
      const next = await host.pass(desired)
      assert.deepEqual([next.plan.steps, next.plan.blocked], [[], []])
      assert.deepEqual(next.observed.containers[0]?.phase, observed.containers[0]?.phase)
      applied++
    }),
    { numRuns: sets, seed, endOnFailure: false },
  )
  // what is left of it must be able to end
  await host.converge(desiredOf([container({})]))
  return { sets: applied, unenforceable }
}
