import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dataRootPaths, imagePaths } from '../../../src/dataroot/layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../../../src/dataroot/layout/paths.ts'
import { probeRoot } from '../../../src/dataroot/layout/root.ts'
import { type Injected, type Injection, placesOf, runInjected } from '../../support/fault-injector.ts'
import { hostCommand } from '../../support/host-command.ts'
import { type Cleaning, type Lab, labOptions, makeLab } from '../../support/lab.ts'
import { openShop, type Shop } from '../../support/image-shop.ts'
import { archiveOf, images } from './images.ts'

/** A lab, a registry and an archive; the data-root can be put back to what it was when it was kept. */
export type Stage = {
  readonly lab: Lab
  readonly shop: Shop
  /** what `docker save` would write of `app:1` */
  readonly archive: string
  readonly paths: DataRootPaths
  readonly at: ImagePaths
  rootId(): string
  /** Nothing of it runs and nothing is mounted. */
  keep(): void
  restore(): void
  /** Runs `reconcile` with this lab's places under the injector. */
  injected(args: readonly string[], injection: Pick<Injection, 'fault' | 'at' | 'countsReads'>): Promise<Injected>
}

const main = resolve(import.meta.dirname, '../../../build/reconcile.cjs')

export async function openStage(cleaning: Cleaning): Promise<Stage> {
  const lab = makeLab(cleaning)
  const shop = await openShop(images)
  cleaning.after(() => shop.close())
  const kept = join(lab.folder, 'kept')
  const archive = join(lab.folder, 'app.tar')
  writeFileSync(archive, archiveOf('app'))
  const paths = dataRootPaths(lab.root, lab.run)
  const rootId = () => {
    const root = probeRoot(paths)
    if (!root.ok || root.value === null) throw new Error(`no data-root at ${lab.root}`)
    return root.value.rootId
  }
  return {
    lab,
    shop,
    archive,
    paths,
    get at() {
      return imagePaths(paths)
    },
    rootId,
    keep: () => {
      mkdirSync(kept)
      hostCommand('cp', '-a', `${lab.root}/.`, kept)
    },
    restore: () => {
      // the directory itself stays: its inode is part of its identity
      if (readFileSync('/proc/self/mountinfo', 'utf8').includes(`${lab.root}/`)) throw new Error('still mounted')
      for (const name of readdirSync(lab.root)) rmSync(join(lab.root, name), { recursive: true })
      hostCommand('cp', '-a', `${kept}/.`, lab.root)
    },
    injected: (args, injection) => {
      const command = [process.execPath, main, ...labOptions(lab), ...args]
      return runInjected({ ...injection, below: placesOf(lab), log: join(lab.folder, 'calls') }, command, {
        cwd: lab.manifests,
      })
    },
  }
}
