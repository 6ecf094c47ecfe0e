/** One limit changed in the manifest: by `--once`, under a watcher (from the write of the file to the kernel's value), and by `docker-compose up -d`. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, type Lab, makeLab } from '../support/lab.ts'
import { bench, type Bench, elapsedMs } from './support/bench.ts'
import { openCompose } from './support/compose.ts'
import { smallRoot } from './support/payloads.ts'
import { median, printAim, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const rounds = 10
const sizesMib = [64, 96] as const
const limitMs = 5000
/** What is written faster than this is one change. */
const pauseMs = 1200

await bench(async context => {
  const root = smallRoot(context.folder)
  const once = await byOnce(makeLab(context), root)
  const watched = await underWatcher(makeLab(context), root)
  const composed = await byCompose(context, root)
  const rows = [once, watched, ...(composed === null ? [] : [composed])]
  printTable(
    'one changed limit',
    'ms',
    rows.map(({ name, samples, kept }) => ({ name, samples, note: kept ? 'the pid stays' : 'another pid each time' })),
  )
  if (composed === null) return
  for (const { name, samples } of [once, watched])
    printAim(`${name} beside docker-compose`, median(samples) / median(composed.samples), 1 / 20)
})

/** `kept`: the same process all along */
type Changed = { readonly name: string; readonly samples: readonly number[]; readonly kept: boolean }

function sizeOf(round: number): number {
  return sizesMib[round % sizesMib.length] ?? sizesMib[0]
}

async function byOnce(lab: Lab, root: string): Promise<Changed> {
  const change = (round: number) => lab.write('c0.yaml', manifest(root, sizeOf(round)))
  change(0)
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('c0')
  const samples: number[] = []
  for (let round = 1; round <= rounds; round++) {
    change(round)
    samples.push((await lab.expect(0, '--once', lab.manifests)).ms)
    if (memoryMib(pid) !== sizeOf(round)) throw new Error(`it has ${memoryMib(pid)} MiB`)
  }
  return { name: 'reconcile --once', samples, kept: (await lab.pid('c0')) === pid }
}

async function underWatcher(lab: Lab, root: string): Promise<Changed> {
  const change = (round: number) => lab.write('c0.yaml', manifest(root, sizeOf(round)))
  change(0)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pid = await lab.pid('c0')
  const samples: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await sleep(pauseMs)
    const begun = performance.now()
    change(round)
    // asks all the time: a timer would add its own wait
    while (memoryMib(pid) !== sizeOf(round))
      if (performance.now() - begun > limitMs) throw new Error(`not changed after ${limitMs} ms`)
    samples.push(performance.now() - begun)
  }
  const kept = (await lab.pid('c0')) === pid
  await watcher.kill('SIGTERM')
  return { name: 'a running watcher', samples, kept }
}

async function byCompose(context: Bench, root: string): Promise<Changed | null> {
  const compose = await openCompose(context, root, 1)
  if (compose === null) return null
  const up = (round: number) => compose.up(`${sizeOf(round)}m`)
  up(0)
  const pids = [compose.pid()]
  const samples: number[] = []
  for (let round = 1; round <= rounds; round++) {
    samples.push(await elapsedMs(() => up(round)))
    pids.push(compose.pid())
  }
  compose.down()
  return { name: 'docker-compose up -d', samples, kept: new Set(pids).size === 1 }
}

function memoryMib(pid: number): number {
  return Number(readFileSync(`${cgroupOf(pid, 'memory')}/memory.limit_in_bytes`, 'utf8')) / 1024 ** 2
}

function manifest(root: string, memoryMib: number): string {
  return containerText(
    'c0',
    ['/bin/busybox', 'sleep', '1000'],
    `  stop: { grace: 0s }\n  limits: { memory: ${memoryMib}Mi, pids: 100, cpuShares: 512 }\n`,
    root,
  )
}
