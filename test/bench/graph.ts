/** Fifty services that need one another, in five levels, up from nothing by one `--once`, beside `docker-compose up -d` of the same graph. */
import { makeLab } from '../support/lab.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { openCompose } from './support/compose.ts'
import { smallRoot } from './support/payloads.ts'
import { median, printAim, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const levels = 5
const ofLevel = 10
const rounds = 3
const command = ['/bin/busybox', 'sleep', '1000']
const rest = '  stop: { grace: 0s }\n  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }\n'

await bench(async context => {
  const root = smallRoot(context.folder)
  const [graph, flat] = [makeLab(context), makeLab(context)]
  for (let i = 0; i < levels * ofLevel; i++) {
    graph.write(`c${i}.yaml`, manifest(i, root, needs(i)))
    flat.write(`c${i}.yaml`, manifest(i, root, []))
  }
  const compose = await openCompose(context, root, levels * ofLevel, i => ({ depends_on: needs(i) }))
  const [ours, loose, composed]: number[][] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    for (const [lab, samples] of [
      [graph, ours],
      [flat, loose],
    ] as const) {
      samples?.push((await lab.expect(0, '--once', lab.manifests)).ms)
      await lab.expect(0, 'down', lab.manifests)
    }
    if (compose === null) continue
    composed?.push(await elapsedMs(compose.up))
    compose.down()
  }
  printTable(`${levels * ofLevel} services, ${levels} levels`, 'ms', [
    { name: 'reconcile --once', samples: ours ?? [] },
    ...(compose === null ? [] : [{ name: 'docker-compose up -d', samples: composed ?? [] }]),
    { name: 'reconcile --once, no graph', samples: loose ?? [], note: 'the same services' },
  ])
  if (compose !== null) printAim('beside docker-compose', median(ours ?? []) / median(composed ?? []), 1 / 10)
})

/** Two of the level below. */
function needs(i: number): readonly string[] {
  const below = (Math.floor(i / ofLevel) - 1) * ofLevel
  return below < 0 ? [] : [i, i + 1].map(n => `c${below + (n % ofLevel)}`)
}

function manifest(i: number, root: string, dependsOn: readonly string[]): string {
  return containerText(`c${i}`, command, `  dependsOn: ${JSON.stringify(dependsOn)}\n${rest}`, root)
}
