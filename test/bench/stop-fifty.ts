/** Fifty containers whose process ends as soon as it has SIGTERM are stopped and removed: `reconcile down` beside `docker-compose down`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeLab } from '../support/lab.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { openCompose } from './support/compose.ts'
import { smallRoot } from './support/payloads.ts'
import { median, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const count = 50
const rounds = 3
/** Who needs all of it has not heard the signal. */
const graceSeconds = 30
/** Until each listens: a first process gets no signal before. */
const settleMs = 2000
const command = ['/bin/busybox', 'sh', '-c', "trap 'exit 0' TERM; /bin/busybox sleep 1000 & wait"]
const rest = `  stop: { grace: ${graceSeconds}s }\n  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }\n`

await bench(async context => {
  const root = smallRoot(context.folder)
  const lab = makeLab(context)
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, containerText(`c${i}`, command, rest, root))
  const compose = await openCompose(context, root, count, () => ({ command }))
  const [ours, composed]: number[][] = [[], []]
  for (let round = 0; round < rounds; round++) {
    await lab.expect(0, '--once', lab.manifests)
    await sleep(settleMs)
    ours?.push(inTime((await lab.expect(0, 'down', lab.manifests)).ms))
    if (compose === null) continue
    compose.up()
    await sleep(settleMs)
    composed?.push(inTime(await elapsedMs(() => compose.down(graceSeconds))))
  }
  printTable(`stop of ${count}`, 'ms', [
    { name: 'reconcile down', samples: ours ?? [] },
    ...(compose === null ? [] : [{ name: 'docker-compose down', samples: composed ?? [] }]),
  ])
  if (compose === null) return
  process.stdout.write(`beside docker-compose: ${(median(ours ?? []) / median(composed ?? [])).toFixed(2)} ×\n`)
})

function inTime(ms: number): number {
  if (ms >= graceSeconds * 1000) throw new Error(`a payload did not end by itself: ${ms} ms`)
  return ms
}
