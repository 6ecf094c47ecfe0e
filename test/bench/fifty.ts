/** Fifty containers by one `--once` on an empty host, and again with nothing to do, beside a loop of `runc run -d`. */
import { bench, elapsedMs } from './support/bench.ts'
import { isInstalled } from './support/machine.ts'
import { makeLab } from '../support/lab.ts'
import { smallRoot } from './support/payloads.ts'
import { openRunc } from './support/runc.ts'
import { median, printAim, printTable } from './support/table.ts'

const count = 50
const rounds = 3
const command = ['/bin/busybox', 'sleep', '1000']

await bench(async context => {
  const root = smallRoot(context.folder)
  const lab = makeLab(context)
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, manifest(i, root))
  const runc = isInstalled('runc') ? openRunc(context, root, command) : null
  const [up, again, down, theirs]: number[][] = [[], [], [], []]
  for (let round = 0; round < rounds; round++) {
    up?.push((await lab.expect(0, '--once', lab.manifests)).ms)
    again?.push((await lab.expect(0, '--once', lab.manifests)).ms)
    down?.push((await lab.expect(0, 'down', lab.manifests)).ms)
    if (runc === null) continue
    const ids = Array.from({ length: count }, (_, i) => `bench-${process.pid}-${round}-${i}`)
    theirs?.push(await elapsedMs(() => ids.forEach(runc.run)))
    ids.forEach(runc.remove)
  }
  printTable(`${count} containers`, 'ms', [
    { name: 'reconcile --once', samples: up ?? [], note: 'records, overlays and logs too' },
    ...(runc === null ? [] : [{ name: 'loop of runc run -d', samples: theirs ?? [], note: 'no overlay, no log' }]),
    { name: 'reconcile --once again', samples: again ?? [], note: 'nothing to do' },
    { name: 'reconcile down', samples: down ?? [] },
  ])
  if (runc !== null) printAim('beside a loop of runc', median(up ?? []) / median(theirs ?? []), 1)
})

function manifest(i: number, root: string): string {
  return `apiVersion: reconcile/v1
kind: Container
metadata: { name: c${i} }
spec:
  rootfs: ${root}
  command: ${JSON.stringify(command)}
  stop: { grace: 0s }
  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }
`
}
