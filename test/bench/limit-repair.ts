/** A limit that somebody writes by hand, until a watcher has put it back. */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, makeLab } from '../support/lab.ts'
import { bench } from './support/bench.ts'
import { median, printAim, printTable } from './support/table.ts'

const rounds = 100
/** Below the rate at which a watcher stops listening to a container that makes noise. */
const pauseMs = 250
const limitMs = 5000
const wanted = `${64 * 1024 ** 2}`
const other = `${48 * 1024 ** 2}`

await bench(async context => {
  const lab = makeLab(context)
  lab.write(
    'web.yaml',
    `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 0s }, limits: { memory: 64Mi } }
`,
  )
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const path = `${cgroupOf(await lab.pid('web'), 'memory')}/memory.limit_in_bytes`
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) {
    await sleep(pauseMs)
    writeFileSync(path, other)
    const begun = performance.now()
    // asks all the time: a timer would add its own wait
    while (readFileSync(path, 'utf8').trim() !== wanted) {
      if (performance.now() - begun > limitMs) throw new Error(`the limit is not back after ${limitMs} ms`)
    }
    samples.push(performance.now() - begun)
  }
  await watcher.kill('SIGTERM')
  const sorted = [...samples].sort((a, b) => a - b)
  printTable('a limit is back', 'ms', [{ name: 'memory, under a watcher', samples }])
  process.stdout.write(`p95 ${sorted[Math.floor(rounds * 0.95)]?.toFixed(1)} ms\n`)
  printAim('p50', median(samples), 5, 'ms')
})
