/** Fifty containers by one `--once` on an empty host, and again with nothing to do, beside a loop of `runc run -d` and `docker-compose up -d`. */
import { bench, elapsedMs } from './support/bench.ts'
import { openCompose } from './support/compose.ts'
import { isInstalled } from './support/machine.ts'
import { makeLab } from '../support/lab.ts'
import { smallRoot } from './support/payloads.ts'
import { openRunc } from './support/runc.ts'
import { median, printAim, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const count = 50
const rounds = 3
const command = ['/bin/busybox', 'sleep', '1000']
const rest = '  stop: { grace: 0s }\n  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }\n'

await bench(async context => {
  const root = smallRoot(context.folder)
  const lab = makeLab(context)
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, containerText(`c${i}`, command, rest, root))
  const runc = isInstalled('runc') ? openRunc(context, root, command) : null
  const compose = await openCompose(context, root, count)
  const [up, again, down, theirs, composed, composedAgain]: number[][] = [[], [], [], [], [], []]
  for (let round = 0; round < rounds; round++) {
    up?.push((await lab.expect(0, '--once', lab.manifests)).ms)
    again?.push((await lab.expect(0, '--once', lab.manifests)).ms)
    down?.push((await lab.expect(0, 'down', lab.manifests)).ms)
    if (compose !== null) {
      composed?.push(await elapsedMs(compose.up))
      composedAgain?.push(await elapsedMs(compose.up))
      compose.down()
    }
    if (runc === null) continue
    const ids = Array.from({ length: count }, (_, i) => `bench-${process.pid}-${round}-${i}`)
    theirs?.push(await elapsedMs(() => ids.forEach(runc.run)))
    ids.forEach(runc.remove)
  }
  printTable(`${count} containers`, 'ms', [
    { name: 'reconcile --once', samples: up ?? [], note: 'records, overlays and logs too' },
    ...(runc === null ? [] : [{ name: 'loop of runc run -d', samples: theirs ?? [], note: 'no overlay, no log' }]),
    ...(compose === null ? [] : [{ name: 'docker-compose up -d', samples: composed ?? [], note: 'from an image' }]),
    { name: 'reconcile --once again', samples: again ?? [], note: 'nothing to do' },
    ...(compose === null ? [] : [{ name: 'docker-compose up -d again', samples: composedAgain ?? [] }]),
    { name: 'reconcile down', samples: down ?? [] },
  ])
  if (compose !== null) printAim('beside docker-compose', median(up ?? []) / median(composed ?? []), 1 / 10)
  if (runc !== null) printAim('beside a loop of runc', median(up ?? []) / median(theirs ?? []), 1)
})
