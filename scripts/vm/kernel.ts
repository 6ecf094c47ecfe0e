import { spawnSync } from 'node:child_process'
import { globSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { neededModules } from './modules.ts'
import { unpacked } from './unpacked.ts'

/** What boots: the bare kernel, and the modules for the first root in their order. */
export type Kernel = { readonly release: string; readonly image: string; readonly modules: readonly string[] }

/** What the first root needs before it sees the host's. */
const wanted = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay']

/**
 * Debian's own kernel of this suite, from its package, which is downloaded once and of which little is kept below `cache`.
 * Several may ask at once: what is there is whole.
 */
export function debianKernel(cache: string): Kernel {
  mkdirSync(cache, { recursive: true })
  const kept = globSync(join(cache, 'kernel-*')).sort()[0] ?? fetchKernel(cache)
  return {
    release: basename(kept).slice('kernel-'.length),
    image: join(kept, 'vmlinux'),
    modules: readFileSync(join(kept, 'order'), 'utf8')
      .split('\n')
      .map(name => join(kept, name)),
  }
}

function fetchKernel(cache: string): string {
  const work = mkdtempSync(join(cache, 'fetch-'))
  try {
    for (const path of download(work)) run('dpkg-deb', ['-x', path, join(work, 'tree')], work)
    const [image] = globSync(join(work, 'tree/boot/vmlinuz-*'))
    if (image === undefined) throw new Error('the kernel package holds no kernel')
    const release = basename(image).slice('vmlinuz-'.length)
    const kept = join(work, 'kept')
    mkdirSync(kept)
    writeFileSync(join(kept, 'vmlinux'), bareKernel(readFileSync(image)))
    const modules = neededModules(
      [`lib/modules/${release}`, `usr/lib/modules/${release}`].map(at => join(work, 'tree', at)),
      wanted,
    )
    for (const { name, content } of modules) writeFileSync(join(kept, name), content)
    writeFileSync(join(kept, 'order'), modules.map(({ name }) => name).join('\n'))
    return put(kept, join(cache, `kernel-${release}`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Another one's, made meanwhile, is as good. */
function put(made: string, place: string): string {
  try {
    renameSync(made, place)
  } catch (error) {
    if (!existsSync(place)) throw error
  }
  return place
}

/** `linux-image-amd64` is empty and depends on the kernel's package; newer suites split that one. */
function download(folder: string): string[] {
  run('apt-get', ['update', '-q'], folder)
  const parts = dependencies('linux-image-amd64').flatMap(name => [name, ...dependencies(name)])
  if (parts.length === 0) throw new Error('this host’s package sources have no linux-image-amd64')
  run('apt-get', ['download', '-q', ...parts], folder)
  return globSync(join(folder, '*.deb'))
}

const dependencies = (name: string): string[] =>
  [...run('apt-cache', ['depends', name], '/').matchAll(/^ {2}Depends: (linux-(?:image|binary|modules)-\S+)$/gm)].map(
    ([, found = '']) => found,
  )

function run(command: string, args: readonly string[], cwd: string): string {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 })
  if (done.status === 0) return done.stdout
  throw new Error(`${command} ${args.join(' ')}: ${done.stderr || (done.error?.message ?? done.signal)}`)
}

/**
 * The ELF file inside a boot image (Documentation/arch/x86/boot.rst): a guest without hardware's help would spend most of its
 * boot decompressing it.
 */
function bareKernel(image: Buffer): Buffer {
  const setupSectors = image.readUInt8(0x1f1) || 4
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248)
  // Behind the payload stands its own size.
  return unpacked(image.subarray(start, start + image.readUInt32LE(0x24c) - 4))
}
