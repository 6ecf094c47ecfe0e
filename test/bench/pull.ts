/**
 * How long an image takes from a registry on loopback into stores that are empty: ours, which has it all on the disk before
 * anything shows, beside tools that sync nothing, and beside the plain work of unpacking. Once on the disk, once in memory,
 * where a sync is free and only the processors count.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labPrefix } from '../support/leaks.ts'
import { startRegistry } from '../support/registry-server.ts'
import { bench, type Bench } from './support/bench.ts'
import { benchLayers, packedImage, packLevel, upload } from './support/bench-image.ts'
import { type Puller, pullers } from './support/pullers.ts'
import { command, type Took } from './support/command.ts'
import { median, printAim, printTable, type Row } from './support/table.ts'

const rounds = 3
const memory = '/dev/shm'

await bench(async context => {
  const layers = benchLayers()
  const image = await packedImage(layers, packLevel)
  const registry = await startRegistry({ kind: 'plain' })
  context.after(registry.stop)
  await upload(registry.host, 'bench', image)
  const blobs = image.layers.map((bytes, i) => {
    const path = join(context.folder, `layer-${i}.tar.gz`)
    writeFileSync(path, bytes)
    return path
  })
  const megabytes = (sizes: readonly { length: number }[]) =>
    (sizes.reduce((sum, { length }) => sum + length, 0) / 1e6).toFixed(0)
  process.stdout.write(
    `${layers.length} layers, ${megabytes(layers)} MB, ${megabytes(image.layers)} MB compressed; 6,000 small files in one\n\n`,
  )
  const all = pullers(`${registry.host}/bench:latest`, blobs)
  await onDisk(context, all)
  if (existsSync(memory)) await inMemory(context, all)
})

async function onDisk({ folder }: Bench, all: readonly Puller[]): Promise<void> {
  const found = await measure(all, folder)
  const of = (name: string, part: keyof Sample) =>
    found.find(one => one.name === name)?.samples.map(sample => sample[part]) ?? []
  const [ours, ...others] = found
  if (ours === undefined) return
  printTable('on the disk', 'ms', [
    { name: ours.name, samples: of(ours.name, 'ms'), note: 'all on the disk at its end' },
    ...others.flatMap(({ name, note }) => [
      { name: `${name}, then sync`, samples: of(name, 'durableMs'), note: `${note}; as durable as ours` },
      { name, samples: of(name, 'ms'), note: `${note}; in memory only at its end` },
    ]),
  ])
  printAims(found, 'durableMs')
  printProcessors(found)
}

async function inMemory(context: Bench, all: readonly Puller[]): Promise<void> {
  const folder = mkdtempSync(labPrefix.replace('/tmp', memory))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const found = await measure(all, folder)
  printTable('in memory', 'ms', found.map(rowOf('ms')))
  printAims(found, 'ms')
  printProcessors(found)
}

function printProcessors(found: readonly Found[]): void {
  process.stdout.write('\n')
  printTable('processor time', 'ms', found.map(rowOf('cpuMs')))
  process.stdout.write('\n')
}

function rowOf(part: keyof Sample): (found: Found) => Row {
  return ({ name, samples }) => ({ name, samples: samples.map(sample => sample[part]) })
}

function printAims(found: readonly Found[], part: 'ms' | 'durableMs'): void {
  const middle = (one: Found | undefined, which: keyof Sample) => median(one?.samples.map(each => each[which]) ?? [])
  const after = part === 'ms' ? '' : ' and sync'
  for (const one of found.slice(1)) {
    const ratio = middle(found[0], 'ms') / middle(one, part)
    if (one.name.startsWith('gunzip')) printAim(`pull beside ${one.name}${after}`, ratio, 1.3)
    if (/^(docker|podman)/.test(one.name)) printAim(`pull beside ${one.name}${after}`, ratio, 0.33)
  }
}

type Sample = Took & { readonly durableMs: number }
type Found = Omit<Puller, 'pull'> & { readonly samples: Sample[] }

/**
 * In turns, so that what else the machine does meets all of them. What was written before is on the disk at each start.
 * Nothing is removed in between: ext4 looks long for an inode where many were freed within the last minutes.
 */
async function measure(all: readonly Puller[], folder: string): Promise<readonly Found[]> {
  const found = all.map(({ name, note }): Found => ({ name, note, samples: [] }))
  const syncMs = () => {
    const begun = performance.now()
    command('sync', '--file-system', folder)
    return performance.now() - begun
  }
  for (let round = 0; round < rounds; round++) {
    for (const [i, { pull }] of all.entries()) {
      const place = join(folder, `round-${round}-${i}`)
      mkdirSync(place, { mode: 0o755 })
      syncMs()
      found[i]?.samples.push(await pull(place, syncMs))
    }
  }
  return found
}
