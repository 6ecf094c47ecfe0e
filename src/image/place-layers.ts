import { closeSync, constants, openSync } from 'node:fs'
import { chainIdsOf } from '../dataroot/images/digest.ts'
import { readChain } from '../dataroot/images/layer-entry.ts'
import { hasLayer, registerLayer } from '../dataroot/images/register-layer.ts'
import { discardStaged, stageLayer } from '../dataroot/images/staged-layer.ts'
import type { StagedLayer } from '../dataroot/images/staged-layer.ts'
import { attempt } from '../dataroot/files/io.ts'
import type { Failure, Result } from '../model/errors.ts'
import { fail, ok } from '../model/errors.ts'
import type { Unpacked } from '../runtime/layers.ts'
import type { ImageDeps, LayerProgress, OnProgress } from './deps.ts'
import { groupSync } from './group-sync.ts'
import type { GroupSync } from './group-sync.ts'
import { chainLock, withLock, withStores } from './locks.ts'
import { slots } from './slots.ts'

/** A layer that an image needs, and how it is brought into a staged directory. */
export type WantedLayer = {
  readonly diffId: string
  /** what people know it by */
  readonly name: string
  readonly totalBytes: number | null
  readonly fill: (
    staged: StagedLayer,
    signal: AbortSignal,
    onBytes: (doneBytes: number, keptBytes?: number) => void,
  ) => Promise<Result<Unpacked>>
  /** Just before it is brought to the disk: what `fill` has kept for another try is of no use any more. */
  readonly beforeSync: () => void
  /** after its registration */
  readonly settle: () => void
}

const atOnce = 3
/** Others hold the stores' lock for milliseconds. */
const storesLimitMs = 60_000

/** The slots of one process, however many images it pulls at the same time. */
const transfer = slots(atOnce)

/**
 * Brings an image's layers into the stores, the base first; at most three are unpacked at once, and none that is there.
 * `layers` in the order of the image. A failure ends the others.
 */
export async function placeLayers(
  deps: ImageDeps,
  layers: readonly WantedLayer[],
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Result<void>> {
  const { O_RDONLY, O_DIRECTORY } = constants
  // before anything is written: the kernel tells of the errors since then
  const disk = attempt('open', deps.at.staging, () => openSync(deps.at.staging, O_RDONLY | O_DIRECTORY))
  if (!disk.ok) return disk
  const together = groupSync(() => deps.core.sync(disk.value))
  const chain = chainIdsOf(layers.map(({ diffId }) => diffId))
  const present = chain.findLastIndex(chainId => hasLayer(deps.at, chainId))
  const stop = new AbortController()
  const failures: Failure[] = []
  const tasks: Task[] = []
  for (const [i, layer] of layers.entries()) {
    const said = saying(layer, onProgress)
    said(i <= present ? 'there' : 'waiting')
    if (i <= present) continue
    const placing = {
      layer,
      chainId: chain[i] ?? '',
      parent: chain[i - 1] ?? null,
      below: tasks.at(-1),
      said,
      together,
    }
    tasks.push(begin(deps, placing, stop, failures, signal))
  }
  await Promise.all(tasks.map(({ placed }) => placed)).finally(() => closeSync(disk.value))
  const [first] = failures
  return first === undefined ? ok(undefined) : fail(first)
}

/** A layer on its way. */
type Task = {
  /** true: it is unpacked and verified, false: it won't be */
  readonly filled: Promise<boolean>
  /** when it is registered, or has failed */
  readonly placed: Promise<void>
}

function begin(
  deps: ImageDeps,
  placing: Placing,
  stop: AbortController,
  failures: Failure[],
  signal: AbortSignal,
): Task {
  const filled = Promise.withResolvers<boolean>()
  const place = async () => {
    try {
      const either = AbortSignal.any([signal, stop.signal])
      const placed = await placeLayer(deps, placing, () => filled.resolve(true), either)
      if (placed.ok) return filled.resolve(true)
      failures.push(placed.error)
      stop.abort()
    } finally {
      filled.resolve(false)
    }
  }
  return { filled: filled.promise, placed: place() }
}

type Came = Pick<LayerProgress, 'doneBytes' | 'keptBytes'>
type Said = (state: LayerProgress['state'], came?: Came) => void

/** What has come of a layer stays told when its state changes. */
function saying({ name, totalBytes }: WantedLayer, onProgress: OnProgress): Said {
  let last: Came = { doneBytes: 0, keptBytes: 0 }
  return (state, came = last) => {
    last = came
    onProgress({ layer: name, state, ...came, totalBytes })
  }
}

type Placing = {
  readonly layer: WantedLayer
  readonly chainId: string
  readonly parent: string | null
  readonly below: Task | undefined
  readonly said: Said
  readonly together: GroupSync
}

/** With vfs a layer is filled on the one below, which then must be there. */
async function stage({ at, owner }: ImageDeps, { layer, parent, below }: Placing): Promise<Result<StagedLayer>> {
  if (at.driver !== 'vfs' || parent === null) return stageLayer(at, owner, null, layer.diffId)
  await below?.placed
  const chain = readChain(at, parent)
  return chain.ok ? stageLayer(at, owner, chain.value.at(-1)?.cacheId ?? null, layer.diffId) : chain
}

function placeLayer(deps: ImageDeps, placing: Placing, onFilled: () => void, signal: AbortSignal) {
  const { layer, chainId, said, together } = placing
  return withLock(deps, chainLock(deps, chainId), signal, async (): Promise<Result<void>> => {
    // another process may have made it while we waited
    if (hasLayer(deps.at, chainId)) {
      said('there')
      return ok(undefined)
    }
    const staged = await stage(deps, placing)
    if (!staged.ok) return staged
    try {
      const filled = await together.whileBusy(() =>
        transfer(async () => {
          said('moving')
          return await layer.fill(staged.value, signal, (doneBytes, keptBytes = 0) =>
            said('moving', { doneBytes, keptBytes }),
          )
        }),
      )
      if (!filled.ok) return filled
      said('unpacked')
      onFilled()
      return await register(deps, placing, staged.value, filled.value, signal)
    } finally {
      await discardStaged(staged.value)
    }
  })
}

/** From its sync on nothing is given up any more: what `fill` has kept is gone. */
async function register(
  deps: ImageDeps,
  { layer, parent, below, said, together }: Placing,
  staged: StagedLayer,
  { diffId, sizeBytes }: Unpacked,
  signal: AbortSignal,
): Promise<Result<void>> {
  const isBelowFilled = (await below?.filled) ?? true
  if (!isBelowFilled || signal.aborted) return fail({ code: 'E_CANCELLED', message: `${layer.name}: given up` })
  const synced = await together.sync(layer.beforeSync)
  if (!synced.ok) return synced
  await below?.placed
  const registered = await withStores(deps, AbortSignal.timeout(storesLimitMs), () =>
    registerLayer(deps.at, staged, { diffId, parent, sizeBytes }),
  )
  if (!registered.ok) return registered
  layer.settle()
  said('done')
  return ok(undefined)
}
