import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import type { ConvergeDeps } from '../../src/converge/deps.ts'
import { execute } from '../../src/converge/executors.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { containerPaths, type DataRootPaths, dataRootPaths, imagePaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import type { Action } from '../../src/model/action.ts'
import type { ContainerSpec, DesiredContainer, Mount } from '../../src/model/desired.ts'
import type { ImageUse } from '../../src/model/observed.ts'
import { type Core, openCore } from '../../src/runtime/core.ts'
import { ok, unknown } from '../../src/model/errors.ts'
import { stepOf } from './step-of.ts'
import { fakeHost } from './fake-host.ts'
import { type Member, storeImage } from './hand-made-image.ts'
import { containerOf } from './specs.ts'
import { value } from '../integration/core-lab.ts'

export type Lab = {
  readonly deps: ConvergeDeps
  readonly paths: DataRootPaths
  readonly core: Core
  readonly newId: () => string
  run(action: Action): ReturnType<typeof execute>
}

/** A data-root with a core of its own; all containers are gone when the test ends. */
export function openLab(t: Pick<TestContext, 'after'>): Lab {
  const host = fakeHost()
  const paths = dataRootPaths(join(host.dir, 'root'), join(host.dir, 'run'))
  const { rootId } = value(openRoot(paths, { create: true }))
  mkdirSync(paths.run, { recursive: true })
  const shimPath = resolve(import.meta.dirname, '../../build/reconcile-shim')
  const core = value(
    openCore({ rootId, runDir: paths.run, shimPath, cgroupParent: `reconcile-${rootId}`, probeDir: null }),
  )
  const readRunFacts = () => unknown('not looked at')
  const deps: ConvergeDeps = {
    paths,
    rootId,
    core,
    now: Date.now,
    heldCapabilities: 0n,
    makeCgroupRoom: async () => ok(undefined),
    readRunFacts,
    readBoundFiles: async () => ({}),
    beginPull: () => {},
  }
  const ids: string[] = []
  t.after(async () => {
    for (const id of ids) value(await core.cleanup(id))
    core.close()
    host.remove()
  })
  const newId = () => {
    ids.push(randomBytes(32).toString('hex'))
    return ids.at(-1) ?? ''
  }
  const run = (action: Action) => execute(deps, stepOf(action))
  return { deps, paths, core, newId, run }
}

const links = ['bin', 'lib', 'lib64'].map(
  (name): Member => ({ name, link: { kind: 'symbolic', target: `usr/${name}` } }),
)
export const base: readonly Member[] = [
  ...links,
  { name: 'usr/' },
  { name: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\nweb:x:7:8::/srv:/bin/sh\n' },
  { name: 'data/', mode: 0o1777 },
  { name: 'data/lower', content: 'of the base' },
  { name: 'data/gone', content: 'x' },
]
export const top: readonly Member[] = [
  { name: 'data/', mode: 0o1777 },
  { name: 'data/.wh.gone' },
  { name: 'data/tool', content: '#!', mode: 0o4755 },
  { name: 'data/same', link: { kind: 'hard', target: 'data/tool' } },
]
const config = {
  Env: ['GREETING=hello', 'PLACE=image'],
  Entrypoint: ['sh', '-c'],
  Cmd: ['id -u; pwd; echo $GREETING $PLACE; ls /data; exec sleep 60'],
  User: 'web',
  WorkingDir: '/srv/work',
  Volumes: { '/data': {} },
  StopSignal: 'SIGKILL',
  Labels: { made: 'by hand' },
  ExposedPorts: { '80/tcp': {} },
}
const usr: Mount = {
  type: 'bind',
  source: '/usr',
  target: '/usr',
  readOnly: true,
  recursive: false,
  propagation: 'rprivate',
  createSource: false,
}

export async function store({ paths }: Lab, layers = [base, top], changes: object = {}): Promise<ImageUse> {
  const at = value(openImageStores(paths))
  const { imageId } = await storeImage(at, layers, { config: { config: { ...config, ...changes } } })
  value(putReferences(at, [{ repository: 'web', reference: 'web:1' }], imageId))
  return { id: imageId, reference: 'web:1' }
}

/** A manifest that leaves all to the image. */
export function wanted(mounts: readonly Mount[] = [], spec: Partial<ContainerSpec> = {}): DesiredContainer {
  const silent = { rootfs: null, image: 'web:1', entrypoint: [], command: [], env: {}, user: '', workingDir: '' }
  const stop = { signal: null, graceMs: null }
  return containerOf('web', { spec: { ...silent, mounts: [usr, ...mounts], ...spec }, stop })
}

export const creation = (
  id: string,
  image: ImageUse,
  container = wanted(),
  anonymousVolumes: Readonly<Record<string, string>> = {},
): Action => ({ kind: 'create-container', id, container, limits: noLimits, anonymousVolumes, image })

export const config2 = (paths: DataRootPaths, id: string) =>
  JSON.parse(readFileSync(containerPaths(paths, id).config, 'utf8'))
export const dataOf = (paths: DataRootPaths, name: string) => join(paths.volumes, name, '_data')
export const overlayNames = (paths: DataRootPaths) => readdirSync(imagePaths(paths).trees).filter(name => name !== 'l')
