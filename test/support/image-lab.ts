import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fsck } from '../../src/dataroot/images/fsck.ts'
import { listStores } from '../../src/dataroot/images/list-stores.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import { identifyProcess } from '../../src/dataroot/records/process-identity.ts'
import type { RegistryDeps } from '../../src/image/deps.ts'
import { hostCommand } from './host-command.ts'
import { openLayerLab } from './layer-lab.ts'
import { labPrefix } from './leaks.ts'
import { client, value } from './registry-client.ts'

export type ImageLab = {
  readonly deps: RegistryDeps
  readonly folder: string
  /** Everything that is in the stores, on its way into them, or damaged; empty where nothing was left. */
  left(): readonly string[]
}

/** A data-root with empty image stores, a core and a registry client; on a disk of its own if wanted. Gone with the test. */
export function openImageLab(t: TestContext, { diskBytes }: { readonly diskBytes?: number } = {}): ImageLab {
  const { core } = openLayerLab(t)
  const folder = mkdtempSync(`${labPrefix}images-`)
  const root = join(folder, 'root')
  const paths = dataRootPaths(root, join(folder, 'run'))
  if (diskBytes !== undefined) {
    mkdirSync(root, { mode: 0o710 })
    hostCommand('mount', '-t', 'tmpfs', '-o', `size=${diskBytes},mode=0710`, 'tmpfs', root)
  }
  value(openRoot(paths, { create: true }))
  const at = value(openImageStores(paths))
  const owner = identifyProcess(process.pid)
  if (owner === null) throw new Error('no /proc')
  const registry = client()
  t.after(() => {
    registry.close()
    if (diskBytes !== undefined) hostCommand('umount', root)
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    deps: { at, core, owner, registry, nowMs: () => Date.now() },
    folder,
    left: () => {
      const { images, layers, references, bad } = value(listStores(at))
      const { litter, damage } = value(fsck(paths))
      return [
        ...images.map(({ imageId }) => `image ${imageId}`),
        ...[...layers.keys()].map(chainId => `layer ${chainId}`),
        ...references.map(({ reference }) => `reference ${reference}`),
        ...bad.map(({ kind, name }) => `bad ${kind} ${name}`),
        ...litter.map(({ path }) => `litter ${path}`),
        ...damage.map(({ path }) => `damage ${path}`),
        ...readdirSync(at.trees).filter(name => name !== 'l'),
        ...readdirSync(at.links),
        ...readdirSync(at.staging),
        ...readdirSync(at.blobs).filter(name => name !== 'in-use.lock'),
      ]
    },
  }
}
