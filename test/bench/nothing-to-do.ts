/** `--once` where all is as declared, beside a Node that does nothing. */
import { spawnSync } from 'node:child_process'
import { makeLab } from '../support/lab.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { median, printAim, printTable } from './support/table.ts'

const rounds = 25

await bench(async context => {
  const lab = makeLab(context)
  lab.write('web.yaml', manifest('web'))
  await lab.expect(0, '--once', lab.manifests)
  const [once, version, node]: number[][] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    once?.push((await lab.expect(0, '--once', lab.manifests)).ms)
    version?.push((await lab.expect(0, '--version')).ms)
    node?.push(await elapsedMs(() => spawnSync(process.execPath, ['-e', '0'])))
  }
  printTable('nothing to do', 'ms', [
    { name: 'reconcile --once', samples: once ?? [], note: 'one container, as declared' },
    { name: 'reconcile --version', samples: version ?? [] },
    { name: 'node -e 0', samples: node ?? [] },
  ])
  printAim('--once beside node -e 0', median(once ?? []) / median(node ?? []), 3)
})

function manifest(name: string): string {
  return `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 0s }, limits: { memory: 32Mi } }
`
}
