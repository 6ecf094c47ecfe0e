import { globSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { neededModules } from './modules.ts'
import { downloadKernel, run } from './packages.ts'
import { unpacked } from './unpacked.ts'

/** What boots: the bare kernel, and the modules for the first root in their order. */
export type Kernel = { readonly release: string; readonly image: string; readonly modules: readonly string[] }

/** What the first root needs before it sees the host's, and the modules of the drive and its file system. */
const wanted = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay', 'virtio_blk', 'crc32c_generic', 'ext4']

/** Changes with what is kept of a kernel, so that what was kept before is not taken for it. */
const prefix = 'with-ext4-'

/**
 * Debian's own kernel of a suite (null: this host's), from its package, which is downloaded once and of which little is kept
 * below `cache`. Several may ask at once: what is there is whole.
 */
export function debianKernel(cache: string, suite: string | null): Kernel {
  const folder = join(cache, suite ?? 'own-suite')
  mkdirSync(folder, { recursive: true })
  const kept = globSync(join(folder, `${prefix}*`)).sort()[0] ?? fetchKernel(folder, suite)
  return {
    release: basename(kept).slice(prefix.length),
    image: join(kept, 'vmlinux'),
    modules: readFileSync(join(kept, 'order'), 'utf8')
      .split('\n')
      .map(name => join(kept, name)),
  }
}

function fetchKernel(cache: string, suite: string | null): string {
  const work = mkdtempSync(join(cache, 'fetch-'))
  try {
    for (const path of downloadKernel(work, suite)) run('dpkg-deb', ['-x', path, join(work, 'tree')], work)
    const { release, image } = bootImage(join(work, 'tree'))
    const kept = join(work, 'kept')
    mkdirSync(kept)
    writeFileSync(join(kept, 'vmlinux'), bareKernel(readFileSync(image)))
    const modules = neededModules(
      [`lib/modules/${release}`, `usr/lib/modules/${release}`].map(at => join(work, 'tree', at)),
      wanted,
    )
    for (const { name, content } of modules) writeFileSync(join(kept, name), content)
    writeFileSync(join(kept, 'order'), modules.map(({ name }) => name).join('\n'))
    return put(kept, join(cache, `${prefix}${release}`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Newer suites keep it beside the modules. */
function bootImage(tree: string): { readonly release: string; readonly image: string } {
  const [boot] = globSync(join(tree, 'boot/vmlinuz-*'))
  if (boot !== undefined) return { release: basename(boot).slice('vmlinuz-'.length), image: boot }
  const [beside] = globSync(join(tree, '{usr/lib,lib}/modules/*/vmlinuz'))
  if (beside === undefined) throw new Error('the kernel package holds no kernel')
  return { release: basename(dirname(beside)), image: beside }
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
