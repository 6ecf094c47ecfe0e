/** A limit that somebody writes by hand, until a watcher has put it back: with one container, and with 200 that idle beside it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, makeLab } from '../support/lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { smallRoot } from './support/payloads.ts'
import { median, percentile, printAim, printTable } from './support/table.ts'

const crowds = [1, 200] as const
const rounds = 100
/** Below the rate at which a watcher stops listening to a container that makes noise. */
const pauseMs = 150
const limitMs = 5000
const wanted = `${64 * 1024 ** 2}`
const other = `${48 * 1024 ** 2}`

await bench(async context => {
  const root = smallRoot(context.folder)
  const repairs = []
  for (const count of crowds) repairs.push(await underWatcher(context, root, count))
  // turn by turn: what else the machine does meets both alike
  for (let round = 0; round < rounds; round++) for (const repair of repairs) await repair.once()
  for (const repair of repairs) await repair.end()
  printTable(
    'a limit is back',
    'ms',
    repairs.map(({ samples }, i) => ({ name: `of ${crowds[i]} running`, samples, note: `p99 ${shown(samples)}` })),
  )
  const [alone = Number.NaN, crowded = Number.NaN] = repairs.map(({ samples }) => median(samples))
  printAim('p50 of one', alone, 3, 'ms')
  printAim('p50 of 200', crowded, 3, 'ms')
  printAim('200 beside one', crowded / alone, 1.5)
})

async function underWatcher(context: Bench, root: string, count: number) {
  const lab = makeLab(context)
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, manifest(i, root))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/, 120_000)
  const path = `${cgroupOf(await lab.pid('c0'), 'memory')}/memory.limit_in_bytes`
  const upkeep = `${lab.root}/containers/${(await lab.inspect('c0')).id}/upkeep.json`
  const samples: number[] = []
  const once = async () => {
    await sleep(pauseMs)
    // or it would be a fight after five of them, and be left
    rmSync(upkeep, { force: true })
    const begun = performance.now()
    writeFileSync(path, other)
    // asks all the time: a timer would add its own wait
    while (readFileSync(path, 'utf8').trim() !== wanted) {
      if (performance.now() - begun > limitMs) throw new Error(`the limit is not back after ${limitMs} ms`)
    }
    samples.push(performance.now() - begun)
  }
  return { once, samples, end: () => watcher.kill('SIGTERM') }
}

function shown(samples: readonly number[]): string {
  return `${percentile(samples, 99).toFixed(1)} ms`
}

function manifest(i: number, root: string): string {
  return `apiVersion: reconcile/v1
kind: Container
metadata: { name: c${i} }
spec:
  rootfs: ${root}
  command: [/bin/busybox, sleep, "10000"]
  stop: { grace: 0s }
  limits: { memory: 64Mi, pids: 20 }
`
}
