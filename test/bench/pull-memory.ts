/** What a pull takes of memory, by the size of its one layer: the peak of our process above that of a pull of nothing much. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startRegistry } from '../support/registry-server.ts'
import { bench } from './support/bench.ts'
import { packedImage, plainLayer, upload } from './support/bench-image.ts'
import { reconcile } from './support/command.ts'
import { median, printAim, printTable, type Row } from './support/table.ts'

const megabytes = [0.01, 10, 100, 400]
const rounds = 3
const lookEveryMs = 2

await bench(async context => {
  const registry = await startRegistry({ kind: 'plain' })
  context.after(registry.stop)
  const rows: (Row & { readonly samples: number[] })[] = []
  for (const size of megabytes) {
    await upload(registry.host, `of-${size}`, await packedImage([plainLayer(size * 1e6)], 0))
    rows.push({ name: `a layer of ${size} MB`, samples: [] })
  }
  for (let round = 0; round < rounds; round++) {
    for (const [i, size] of megabytes.entries()) {
      const folder = join(context.folder, 'pulled')
      rows[i]?.samples.push(await peakMegabytes(folder, `${registry.host}/of-${size}:latest`))
      rmSync(folder, { recursive: true, force: true })
    }
  }
  printTable('peak of the resident memory', 'MB', rows)
  const [, , large, largest] = rows.map(({ samples }) => median(samples))
  printAim('what each further 100 MB take', ((largest ?? 0) - (large ?? 0)) / 3, 4, 'MB')
})

/** The kernel's own high-water mark, read until the process is gone. */
async function peakMegabytes(folder: string, reference: string): Promise<number> {
  const args = ['--root', join(folder, 'root'), '--run', join(folder, 'run'), 'images', 'pull', reference]
  const child = spawn(reconcile, args, { stdio: 'ignore' })
  let peak = 0
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0))
    } catch {
      // it is gone
    }
  }, lookEveryMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(timer)
  if (code !== 0) throw new Error(`reconcile ${args.join(' ')}: exit ${code}`)
  return peak / 1000
}
