/**
 * A hundred containers that crash for ever, half of them at once and half after eleven seconds, under one watcher: its memory,
 * descriptors and threads, the shims' memory, and what the data-root and the log take must come to rest.
 *
 *   node test/soak/crash-loops.ts [--minutes 60]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { inventory, leakReport } from '../support/leaks.ts'
import { runStates } from '../support/shims.ts'
import { Cleanup, untilStopped } from './program.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } })
const minutes = Number(values.minutes)
const figuresEveryMs = (minutes * 60_000) / 30
/** What the last third has at most beside what the others had at most. */
const mostGrowth = 1.15

type Figures = {
  readonly watcherKib: number
  readonly descriptors: number
  readonly threads: number
  readonly shimKib: number
  readonly rootKib: number
}

const asked = untilStopped()
const before = inventory()
const cleanup = new Cleanup()
const seen: Figures[] = []
let restarts = 0
try {
  const lab = makeLab(cleanup)
  for (let n = 0; n < 100; n++) lab.write(`loop-${n}.yaml`, manifest(n))
  const watcher = lab.watch(lab.manifests)
  await eventually(
    () => restartsOf(lab) > 100,
    60_000,
    () => watcher.output(),
  )
  const endMs = performance.now() + minutes * 60_000
  while (performance.now() < endMs && !asked.isStopped) {
    await sleep(figuresEveryMs)
    const now = figuresOf(lab, watcher.pid)
    seen.push(now)
    say(`${((seen.length * figuresEveryMs) / 60_000).toFixed(1)} min: ${text(now)}`)
  }
  restarts = restartsOf(lab)
  await watcher.kill('SIGTERM')
  await lab.expect(0, 'down', lab.manifests)
} finally {
  await cleanup.run()
}
const [first, last] = [most(seen.slice(0, 20)), most(seen.slice(20))]
const grown = Object.entries(last).filter(([what, figure]) => figure > first[what as keyof Figures] * mostGrowth)
say(`${restarts} restarts; at most: ${text(first)}; in the last third: ${text(last)}`)
for (const [what] of grown) say(`VIOLATION ${what} grows`)
const leaks = leakReport(before)
say(`leak check: ${leaks.text}`)
process.exitCode = grown.length === 0 && leaks.total === 0 ? 0 : 1

function manifest(n: number): string {
  return JSON.stringify({
    apiVersion: 'reconcile/v1',
    kind: 'Container',
    metadata: { name: `loop-${n}` },
    spec: {
      rootfs: 'host',
      command: ['sh', '-c', `echo run ${n}; ${n % 2 === 0 ? '' : 'sleep 11;'} exit ${n % 5}`],
      limits: { memory: '32Mi', pids: 16 },
      logging: { maxSize: '8Ki', maxFile: 2 },
    },
  })
}

function restartsOf({ root }: Lab): number {
  if (!existsSync(`${root}/containers`)) return 0
  const records = readdirSync(`${root}/containers`).map(id => readText(`${root}/containers/${id}/config.v2.json`))
  return records.reduce((sum, record) => sum + Number(/"RestartCount":(\d+)/.exec(record)?.[1] ?? 0), 0)
}

function figuresOf(lab: Lab, pid: number): Figures {
  const shims = runStates(lab.run)
    .map(({ shimPid }) => kib('VmRSS', shimPid))
    .filter(shimKib => shimKib > 0)
  return {
    watcherKib: kib('VmRSS', pid),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    shimKib: Math.max(0, ...shims),
    rootKib: Number(spawnSync('du', ['-sk', lab.root]).stdout.toString().split('\t')[0]),
  }
}

function kib(field: string, pid: number): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readText(`/proc/${pid}/status`))?.[1] ?? 0)
}

function most(figures: readonly Figures[]): Figures {
  const of = (what: keyof Figures) => Math.max(0, ...figures.map(one => one[what]))
  return {
    watcherKib: of('watcherKib'),
    descriptors: of('descriptors'),
    threads: of('threads'),
    shimKib: of('shimKib'),
    rootKib: of('rootKib'),
  }
}

function text({ watcherKib, descriptors, threads, shimKib, rootKib }: Figures): string {
  return `watcher ${(watcherKib / 1024).toFixed(1)} MiB, ${descriptors} descriptors, ${threads} threads; largest shim ${shimKib} KiB; data-root ${rootKib} KiB`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
