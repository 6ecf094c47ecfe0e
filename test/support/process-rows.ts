import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { ContainerSpec, DesiredState } from '../../src/model/desired.ts'
import { readText } from './lab.ts'
import { allColumns, patienceMs, pidOf, type Row, type Verdict } from './limits-matrix.ts'
import type { RealHost } from './real-host.ts'
import { containerOf, desiredOf, mib } from './specs.ts'

/** A limit that the first process holds, or its /dev/shm; declared twice. */
type ProcessCase = {
  readonly limit: string
  readonly first: Partial<ContainerSpec>
  readonly next: Partial<ContainerSpec>
  readonly says: (pid: number) => string
  readonly texts: readonly [first: string, next: string]
  readonly byHand: (pid: number) => void
  /** missing: `repair-run`, which nobody is woken for */
  readonly repairedBy?: 'repair-mount'
}

const nofile = (pid: number) =>
  /^Max open files +(\d+) +(\d+)/m
    .exec(readText(`/proc/${pid}/limits`))
    ?.slice(1, 3)
    .join(':')

export const processCases: readonly ProcessCase[] = [
  {
    limit: 'ulimits',
    first: { ulimits: { nofile: { soft: 512, hard: 1024 } } },
    next: { ulimits: { nofile: { soft: 256, hard: 768 } } },
    says: pid => nofile(pid) ?? '',
    texts: ['512:1024', '256:768'],
    byHand: pid => void execFileSync('prlimit', ['--pid', `${pid}`, '--nofile=100:']),
  },
  {
    limit: 'oomScoreAdj',
    first: { oomScoreAdj: 100 },
    next: { oomScoreAdj: 300 },
    says: pid => readText(`/proc/${pid}/oom_score_adj`).trim(),
    texts: ['100', '300'],
    byHand: pid => writeFileSync(`/proc/${pid}/oom_score_adj`, '500'),
  },
  {
    limit: 'shmSize',
    first: { shmSizeBytes: 16 * mib },
    next: { shmSizeBytes: 32 * mib },
    says: shmSize,
    texts: ['16384k', '32768k'],
    byHand: pid =>
      void execFileSync('nsenter', ['--mount', '--target', `${pid}`, 'mount', '-o', 'remount,size=8m', '/dev/shm']),
    repairedBy: 'repair-mount',
  },
]

/** As the mount table of the process says it. */
export function shmSize(pid: number): string {
  const line = readText(`/proc/${pid}/mountinfo`)
    .split('\n')
    .find(each => each.split(' ')[4] === '/dev/shm')
  return /\bsize=(\w+)/.exec(line ?? '')?.[1] ?? 'no size'
}

export const holding = (spec: Partial<ContainerSpec>): DesiredState =>
  desiredOf([containerOf('web', { spec: { command: ['sleep', '1000'], ...spec } })])

/** One of them on this kernel, asserted. */
export async function processRow(host: RealHost, one: ProcessCase): Promise<Row> {
  const pid = pidOf(await host.converge(holding(one.first), patienceMs))
  assert.equal(one.says(pid), one.texts[0], `${one.limit} as set`)
  const changed = await host.pass(holding(one.next))
  assert.deepEqual([changed.plan.steps.map(step => step.class), one.says(pid)], [['in-place'], one.texts[1]], one.limit)
  assert.deepEqual((await host.pass(holding(one.next))).plan.steps, [])
  const row = allColumns(one.limit, 'ok')
  const { byHand, repairedBy = 'repair-run' } = one
  byHand(pid)
  assert.notEqual(one.says(pid), one.texts[1])
  const healed = await host.pass(holding(one.next))
  assert.deepEqual(
    [healed.plan.steps.map(step => [step.action.kind, step.class]), one.says(pid)],
    [[[repairedBy, 'in-place']], one.texts[1]],
    `${one.limit} by hand`,
  )
  assert.equal(pidOf(await host.converge(holding(one.next), patienceMs)), pid)
  const seen: Verdict = repairedBy === 'repair-mount' ? 'ok' : 'ok, by the sweep'
  return { ...row, 'drift by hand': seen }
}
