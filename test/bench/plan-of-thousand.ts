/** A plan over 1,000 containers: the function alone, and the whole command on a directory of 1,000 manifests. */
import { spawnSync } from 'node:child_process'
import { plan } from '../../src/plan/plan.ts'
import { makeLab } from '../support/lab.ts'
import * as specs from '../support/specs.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { printTable } from './support/table.ts'

const count = 1000
const pureRounds = 30
const rounds = 5

await bench(async context => {
  const names = Array.from({ length: count }, (_, i) => `c${i}`)
  const desired = specs.desiredOf(names.map(name => specs.containerOf(name)))
  const running = desired.containers.map((container, i) =>
    specs.seen(container, specs.runningSince(1), { id: specs.idOf(i + 1) }),
  )
  const states = { 'all to be made': specs.observedOf(), 'nothing to do': specs.observedOf({ containers: running }) }
  const rows = []
  for (const [name, observed] of Object.entries(states)) {
    const samples: number[] = []
    for (let round = 0; round < pureRounds; round++) {
      samples.push(await elapsedMs(() => plan(desired, observed, specs.minting())))
    }
    rows.push({ name, samples, note: `${plan(desired, observed, specs.minting()).steps.length} steps` })
  }
  printTable(`the planner alone, ${count} containers`, 'ms', rows)
  process.stdout.write('\n')
  const lab = makeLab(context)
  for (const name of names) lab.write(`${name}.yaml`, manifest(name))
  const [command, node]: number[][] = [[], []]
  for (let round = 0; round < rounds; round++) {
    command?.push((await lab.expect(2, 'plan', lab.manifests)).ms)
    node?.push(await elapsedMs(() => spawnSync(process.execPath, ['-e', '0'])))
  }
  printTable(`reconcile plan, ${count} manifests`, 'ms', [
    { name: 'reconcile plan', samples: command ?? [], note: 'nothing is there yet' },
    { name: 'node -e 0', samples: node ?? [] },
  ])
})

function manifest(name: string): string {
  return `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], limits: { memory: 32Mi } }
`
}
