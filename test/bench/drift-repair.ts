/** What somebody does to a running container by hand, until a watcher has undone it: with one container, and with 200 that idle beside it. */
import { rmSync, mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, makeLab } from '../support/lab.ts'
import { bench, type Bench } from './support/bench.ts'
import { drifter } from './support/drifter.ts'
import { compiled, smallRoot } from './support/payloads.ts'
import { median, percentile, printAim, printTable } from './support/table.ts'

const crowds = [1, 200] as const
const rounds = 30
/** The pass that looks whether that was all has ended; and below the rate at which a watcher stops listening to noise. */
/** Longer than a watcher is busy with the one before: a bound file is looked at again a quarter of a second after its change. */
const pauseMs = 700
const limitText = `${64 * 1024 ** 2}`

const kinds = ['limit written', 'unmounted', 'ro made rw', 'rw made ro', 'frozen', 'source replaced'] as const
type Kind = (typeof kinds)[number]
const aimMs = (kind: Kind) => (kind === 'limit written' ? 3 : 10)

await bench(async context => {
  const root = smallRoot(context.folder)
  const program = compiled('drift', context.folder)
  const victims = []
  for (const count of crowds) victims.push(await underWatcher(context, { root, program, count }))
  // turn by turn: what else the machine does meets all alike
  for (let round = 0; round < rounds; round++)
    for (const kind of kinds) for (const victim of victims) await victim.once(kind)
  for (const victim of victims) await victim.end()
  for (const kind of kinds) {
    const rows = victims.map(({ samples }, i) => ({ name: `  of ${crowds[i]} running`, samples: samples[kind] }))
    printTable(
      kind,
      'ms',
      rows.map(row => ({ ...row, note: `p99 ${percentile(row.samples, 99).toFixed(1)} ms` })),
    )
    const [alone = Number.NaN, crowded = Number.NaN] = rows.map(({ samples }) => median(samples))
    printAim('p50 of one', alone, aimMs(kind), 'ms')
    printAim('p50 of 200', crowded, aimMs(kind), 'ms')
    printAim('200 beside one', crowded / alone, 1.5)
  }
})

type Place = { readonly root: string; readonly program: string; readonly count: number }

async function underWatcher(context: Bench, { root, program, count }: Place) {
  const lab = makeLab(context)
  const source = `${lab.folder}/source`
  mkdirSync(`${source}/directory`, { recursive: true })
  writeFileSync(`${source}/file`, 'x')
  for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, manifest(i, root, i === 0 ? source : null))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/, 120_000)
  const { id, pid } = await lab.inspect('c0')
  if (pid === null) throw new Error('c0 does not run')
  const [outside, inside] = [drifter(context, program, null), drifter(context, program, pid)]
  const replaced = `/proc/${pid}/root/file`
  const deeds: Readonly<Record<Kind, () => Promise<number>>> = {
    'limit written': () =>
      outside('write', `${cgroupOf(pid, 'memory')}/memory.limit_in_bytes`, `${48 * 1024 ** 2}`, limitText),
    unmounted: () => inside('unmount', '/data'),
    'ro made rw': () => inside('remount', '/ro'),
    'rw made ro': () => inside('remount', '/data'),
    frozen: () => outside('write', `${cgroupOf(pid, 'freezer')}/freezer.state`, 'FROZEN', 'THAWED'),
    'source replaced': () => {
      writeFileSync(`${source}/next`, 'x')
      return outside('rename', `${source}/next`, `${source}/file`, replaced)
    },
  }
  const samples = Object.fromEntries(kinds.map(kind => [kind, []])) as unknown as Record<Kind, number[]>
  const once = async (kind: Kind) => {
    await sleep(pauseMs)
    // or it would be a fight after five of them, and be left
    rmSync(`${lab.root}/containers/${id}/upkeep.json`, { force: true })
    samples[kind].push(await deeds[kind]())
  }
  return { once, samples, end: () => watcher.kill('SIGTERM') }
}

function manifest(i: number, root: string, source: string | null): string {
  const mounts =
    source === null ? '' : `\n  mounts: [data:/data, "${source}/directory:/ro:ro", "${source}/file:/file:ro"]`
  return `apiVersion: reconcile/v1
kind: Container
metadata: { name: c${i} }
spec:
  rootfs: ${root}
  command: [/bin/busybox, sleep, "10000"]
  stop: { grace: 0s }
  limits: { memory: 64Mi, pids: 20 }${mounts}
${source === null ? '' : '---\napiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: data }\nspec: { removal: delete }\n'}`
}
