/** Passes with nothing to do over containers that run: where nothing was marked, where one was, and where all is read. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifests, openManifests } from '../../src/cli/manifests/manifests.ts'
import { Historian } from '../../src/cli/passes/historian.ts'
import { passMaker } from '../../src/cli/passes/passes.ts'
import { openWorld, type World } from '../../src/cli/world/wire.ts'
import type { Context } from '../../src/cli/context/context.ts'
import { showOf } from '../../src/cli/output/show.ts'
import type { Extent } from '../../src/model/observed.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { containerCgroup } from '../../src/observe/cgroup-places.ts'
import { contextOf } from '../support/context-of.ts'
import { hierarchy, type Lab, makeLab } from '../support/lab.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { smallRoot } from './support/payloads.ts'
import { median, percentile, printAim, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const counts = [200, 1000]
const rounds = 60
const limitBytes = 64 * 1024 ** 2
const command = ['/bin/busybox', 'sleep', '10000']
const rest = `  stop: { grace: 0s }\n  limits: { memory: ${limitBytes}, pids: 20 }\n`

await bench(async context => {
  const root = smallRoot(context.folder)
  for (const count of counts) {
    const lab = makeLab(context)
    for (let i = 0; i < count; i++) lab.write(`c${i}.yaml`, containerText(`c${i}`, command, rest, root))
    await lab.expect(0, '--once', '--timeout', '180s', lab.manifests)
    await measure(lab, count)
    await lab.expect(0, 'down', lab.manifests)
  }
})

async function measure(lab: Lab, count: number): Promise<void> {
  const context = contextOf(lab)
  const manifests = await openManifests(context, [lab.manifests], 'once')
  const world = await openWorld(context)
  if (!world.ok) throw new Error(world.error.message)
  try {
    const rows = await passes(world.value, manifests, context)
    printTable(
      `a pass over ${count}`,
      'ms',
      rows.map(row => ({ ...row, note: `p99 ${percentile(row.samples, 99).toFixed(2)} ms` })),
    )
    const [untouched = Number.NaN] = rows.map(({ samples }) => median(samples))
    printAim('a container, nothing marked', untouched / count, 0.1, 'ms')
  } finally {
    await world.value.pulls.close()
    world.value.close()
  }
}

async function passes(world: World, manifests: Manifests, context: Context) {
  const { desired } = await manifests.read()
  const complain = (line: string) => process.stderr.write(`${line}\n`)
  const show = () => showOf(context, manifests.display)
  const pass = passMaker<Extent>(
    {
      world,
      history: new Historian({ paths: context.paths, show, now: Date.now, onFailure: complain }),
      desired: async () => desired,
      onStep: () => {},
      onObserved: () => {},
      say: complain,
      extentOf: extent => extent,
    },
    context.signal,
  )
  const first = await pass('all')
  world.watches.refresh(first.observed)
  await pass('touched')
  const id = first.observed.containers[0]?.id ?? ''
  const [nothing, one, all]: number[][] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    nothing?.push(await elapsedMs(() => pass('touched')))
    await writtenByHand(world, id)
    one?.push(await elapsedMs(() => pass('touched')))
    if (round % 6 === 0) all?.push(await elapsedMs(() => pass('all')))
  }
  return [
    { name: 'nothing marked', samples: nothing ?? [] },
    { name: 'one marked', samples: one ?? [] },
    { name: 'all read', samples: all ?? [] },
  ]
}

/** The limit that it has already; the event says that it was written. */
async function writtenByHand({ core, rootId }: World, id: string): Promise<void> {
  const event = new Promise<void>(resolve => {
    const end = core.onEvent(({ type }) => {
      if (type !== 'limits') return
      end()
      resolve()
    })
  })
  const timer = setInterval(() => {}, 1000)
  writeFileSync(
    join(hierarchy('memory'), containerCgroup(readCgroupMounts('/proc'), rootId, id), 'memory.limit_in_bytes'),
    `${limitBytes}`,
  )
  await event
  clearInterval(timer)
}
