import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { DesiredState } from '../../src/model/desired.ts'
import type { DeclaredLimits, Limits } from '../../src/model/limits.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { columns as aligned } from '../../src/status/text/columns.ts'
import { eventually, readText } from './lab.ts'
import type { LimitCase, Place } from './limits-cases.ts'
import type { RealHost } from './real-host.ts'
import { containerOf, desiredOf } from './specs.ts'

/** `ok`, or why this kernel has no such thing. */
export type Verdict = string
export const columns = ['set', 'read back', 'changed in place', 'drift by hand', 'healed', 'pid unchanged'] as const
export type Row = { readonly limit: string } & Readonly<Record<(typeof columns)[number], Verdict>>

export const patienceMs = 60_000
export const allColumns = (limit: string, verdict: Verdict): Row =>
  ({ limit, ...Object.fromEntries(columns.map(column => [column, verdict])) }) as Row

/** One limit on this kernel: each column is asserted, not noted; what can't be here says why. */
export async function matrixRow(host: RealHost, one: LimitCase): Promise<Row> {
  const mounts = readCgroupMounts('/proc')
  const { kernel } = await host.observe(desiredOf([]))
  const place = mounts.kind === 'v2' ? one.v2 : one.v1
  if (!kernel.enforceable[one.field]) return allColumns(one.limit, await refusal(host, one))
  const first = await host.converge(declared(one.first), patienceMs)
  const pid = pidOf(first)
  const file = `${cgroupDir(pid, mounts.kind === 'v2' ? null : place.controller)}/${place.file}`
  const says = () => readText(file).trim()
  assert.equal(says(), place.first, `${one.limit} as set`)
  assert.equal(heldOf(first)[one.field], one.held, `${one.limit} as read back`)
  const alone = one.alone?.(kernel) ?? null
  if (alone !== null) return { ...allColumns(one.limit, alone), set: 'ok', 'read back': 'ok' }

  const changed = await host.pass(declared(one.next))
  assert.deepEqual([changed.plan.steps.map(step => step.class), says()], [['in-place'], place.next], one.limit)
  const events = countLimitEvents(host)
  writeFileSync(file, place.byHand)
  await eventually(
    () => events.count() > 0,
    patienceMs,
    () => `nobody told that ${file} was written`,
  )
  events.end()
  assert.notEqual(says(), place.next)
  const healed = await host.pass(declared(one.next))
  assert.deepEqual(
    healed.plan.steps.map(step => [step.reason.code, step.class]),
    [['drifted', 'in-place']],
    `${one.limit} by hand`,
  )
  assert.equal(says(), place.next, `${one.limit} as healed`)
  assert.equal(pidOf(await host.converge(declared(one.next), patienceMs)), pid)
  return allColumns(one.limit, 'ok')
}

const declared = (limits: Partial<DeclaredLimits>): DesiredState =>
  desiredOf([containerOf('web', { limits, spec: { command: ['sleep', '1000'] } })])

/** The plan says it, and nothing is done. */
async function refusal(host: RealHost, one: LimitCase): Promise<Verdict> {
  const { plan } = await host.pass(declared(one.first))
  const [blocked] = plan.blocked
  assert.ok(blocked?.refusal.code === 'unenforceable', `${one.limit}: ${JSON.stringify(plan)}`)
  return `unenforceable: ${blocked.refusal.limits[0]?.why}`
}

export function pidOf({ observed }: Outcome): number {
  const phase = observed.containers[0]?.phase
  assert.ok(phase?.known && phase.value.phase === 'running', JSON.stringify(phase))
  return phase.value.process.pid
}

function heldOf({ observed }: Outcome): Limits {
  const limits = observed.containers[0]?.kernelLimits
  assert.ok(limits?.known, JSON.stringify(limits))
  return limits.value
}

/** The directory of a process in the hierarchy of a controller (v1), or in the only one. */
export function cgroupDir(pid: number, controller: Place['controller'] | null): string {
  const lines = readText(`/proc/${pid}/cgroup`).trim().split('\n')
  const line = lines.find(each => (controller === null ? each.startsWith('0::') : each.split(':')[1] === controller))
  const mounts = readCgroupMounts('/proc')
  const mount = controller === null ? mounts.unified : mounts.controllers[controller]
  return `${mount}${line?.split(':')[2] ?? assert.fail(`no cgroup of ${controller}`)}`
}

export function countLimitEvents({ deps }: RealHost) {
  let count = 0
  const end = deps.core.onEvent(event => void (count += event.type === 'limits' ? 1 : 0))
  return { count: () => count, end }
}

/** One line a limit; what has the same verdict everywhere says it once. */
export function matrixTable(kernel: string, rows: readonly Row[]): string {
  const cells = rows.map(row => {
    const verdicts = columns.map(column => row[column])
    const isAlike = verdicts.every(verdict => verdict === verdicts[0] && verdict !== 'ok')
    return [row.limit, ...(isAlike ? [verdicts[0] ?? ''] : verdicts)]
  })
  return aligned(
    [[kernel, ...columns], ...cells],
    [kernel, ...columns].map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}
