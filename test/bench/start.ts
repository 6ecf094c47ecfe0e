/** A container's start on an image of 20 layers beside one of a single layer, in one process, by turns. */
import { readdirSync } from 'node:fs'
import { imagePaths } from '../../src/dataroot/layout/paths.ts'
import type { ImageUse } from '../../src/model/observed.ts'
import type { Member } from '../support/hand-made-image.ts'
import { base, creation, openLab, store, wanted } from '../support/image-container-lab.ts'
import type { Lab } from '../support/image-container-lab.ts'
import { value } from '../support/registry-client.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { median, printAim, printTable } from './support/table.ts'

const rounds = 120
const layerCounts = [1, 20]

await bench(async context => {
  const lab = openLab(context)
  const files = (i: number): Member[] => [{ name: `srv/of-${i}/` }, { name: `srv/of-${i}/file`, content: `${i}` }]
  const all = Array.from({ length: 20 }, (_, i) => files(i))
  const changes = { Volumes: {}, User: '' }
  const images = [
    await store(lab, [[...base, ...all.flat()]], changes),
    await store(lab, [[...base, ...files(0)], ...all.slice(1)], changes),
  ]
  process.stdout.write(`${readdirSync(imagePaths(lab.paths).layers).length} layers in the stores\n\n`)
  const starts = images.map((): number[] => [])
  const whole = images.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, image] of images.entries()) {
      const { createMs, startMs } = await oneLife(lab, image)
      starts[i]?.push(startMs)
      whole[i]?.push(createMs + startMs)
    }
  }
  const rows = (samples: readonly number[][]) =>
    samples.map((each, i) => ({ name: `${layerCounts[i]} layers`, samples: each }))
  printTable('start', 'ms', rows(starts))
  process.stdout.write('\n')
  printTable('create and start', 'ms', rows(whole))
  printAim('start on 20 layers beside one', median(starts[1] ?? []) / median(starts[0] ?? []), 1.2)
})

async function oneLife(lab: Lab, image: ImageUse): Promise<{ createMs: number; startMs: number }> {
  const id = lab.newId()
  const container = wanted([], { entrypoint: ['sleep'], command: ['1000'] })
  const createMs = await elapsedMs(async () => value(await lab.run(creation(id, image, container))))
  const startMs = await elapsedMs(async () =>
    value(await lab.run({ kind: 'start-container', id, restart: false, streak: 0 })),
  )
  value(await lab.core.cleanup(id))
  value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [] }))
  return { createMs, startMs }
}
