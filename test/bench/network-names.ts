/**
 * A hundred containers on one network under a watcher: from the order to change who is on it until the names are in the hosts
 * files of all, for an alias that is added (nothing starts) and for a container that comes.
 */
import { rmSync, readFileSync } from 'node:fs'
import { eventually } from '../support/lab.ts'
import { openNetPlace } from '../support/net-place.ts'
import { bench } from './support/bench.ts'
import { median, printAim, printTable } from './support/table.ts'

const count = 100
const rounds = 15

const member = (name: string, aliases: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sleep, '100000']
  networks: [{ name: all, aliases: [${aliases}] }]
  stop: { grace: 0s }
`

await bench(async context => {
  const { lab } = await openNetPlace(context)
  lab.write('network.yaml', 'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: all }\n')
  for (let n = 0; n < count; n++) lab.write(`m${n}.yaml`, member(`m${n}`, `first-${n}`))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/, 120_000)
  await eventually(
    async () => (await lab.reconcile('plan', lab.manifests)).code === 0,
    60_000,
    () => watcher.output(),
  )
  const hosts = await Promise.all(
    Array.from({ length: count }, async (_, n) => `${lab.root}/containers/${(await lab.inspect(`m${n}`)).id}/hosts`),
  )
  const toldAll = async (name: string, isThere: boolean) => {
    const waiting = new Set(hosts)
    await eventually(
      () => {
        for (const path of waiting) if (readFileSync(path, 'utf8').includes(name) === isThere) waiting.delete(path)
        return waiting.size === 0
      },
      20_000,
      () => `${name}: ${waiting.size} hosts files`,
    )
  }
  const aliases: number[] = []
  const comes: number[] = []
  const goes: number[] = []
  const timed = async (samples: number[], change: () => void, name: string, isThere: boolean) => {
    const begunMs = performance.now()
    change()
    await toldAll(name, isThere)
    samples.push(performance.now() - begunMs)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  for (let round = 0; round < rounds; round++) {
    const alias = `alias-${round}`
    await timed(aliases, () => lab.write('m7.yaml', member('m7', alias)), alias, true)
  }
  for (let round = 0; round < rounds; round++) {
    await timed(comes, () => lab.write('new.yaml', member('new', `new-${round}`)), `new-${round}`, true)
    await timed(goes, () => rmSync(`${lab.manifests}/new.yaml`), `new-${round}`, false)
  }
  printTable(`${count} members, until all their files say it`, 'ms', [
    { name: 'an alias in a manifest', samples: aliases },
    { name: 'a new container in a manifest', samples: comes, note: 'its creation and start included' },
    { name: 'a manifest that goes', samples: goes, note: 'its stop included' },
  ])
  printAim('membership to names', median(aliases), 20, 'ms')
  await watcher.kill('SIGTERM')
  await lab.expect(0, 'down', lab.manifests)
})
