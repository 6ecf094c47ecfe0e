import { chainIdsOf } from '../dataroot/images/digest.ts'
import { readChain } from '../dataroot/images/layer-entry.ts'
import { hasLayer, registerLayer } from '../dataroot/images/register-layer.ts'
import { discardStaged, stageLayer } from '../dataroot/images/staged-layer.ts'
import type { StagedLayer } from '../dataroot/images/staged-layer.ts'
import type { Failure, Result } from '../model/errors.ts'
import { fail, ok } from '../model/errors.ts'
import type { Unpacked } from '../runtime/layers.ts'
import type { ImageDeps, LayerProgress, OnProgress } from './deps.ts'
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
  /** after its registration */
  readonly settle: () => Promise<void>
}

const atOnce = 3

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
  const chain = chainIdsOf(layers.map(({ diffId }) => diffId))
  const present = chain.findLastIndex(chainId => hasLayer(deps.at, chainId))
  const stop = new AbortController()
  const failures: Failure[] = []
  const tasks: Promise<void>[] = []
  for (const [i, layer] of layers.entries()) {
    const said = saying(layer, onProgress)
    said(i <= present ? 'there' : 'waiting')
    if (i <= present) continue
    const placing = { layer, chainId: chain[i] ?? '', parent: chain[i - 1] ?? null, before: tasks.at(-1), said }
    tasks.push(placeOrStop(deps, placing, stop, failures, signal))
  }
  await Promise.all(tasks)
  const [first] = failures
  return first === undefined ? ok(undefined) : fail(first)
}

async function placeOrStop(
  deps: ImageDeps,
  placing: Placing,
  stop: AbortController,
  failures: Failure[],
  signal: AbortSignal,
): Promise<void> {
  const placed = await placeLayer(deps, placing, AbortSignal.any([signal, stop.signal]))
  if (placed.ok) return
  failures.push(placed.error)
  stop.abort()
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
  /** when the layer below is registered, or has failed */
  readonly before: Promise<void> | undefined
  readonly said: Said
}

/** With vfs a layer is filled on the one below, which then must be there. */
async function stage({ at, owner }: ImageDeps, { parent, before }: Placing): Promise<Result<StagedLayer>> {
  if (at.driver !== 'vfs' || parent === null) return stageLayer(at, owner, null)
  await before
  const below = readChain(at, parent)
  return below.ok ? stageLayer(at, owner, below.value.at(-1)?.cacheId ?? null) : below
}

function placeLayer(deps: ImageDeps, placing: Placing, signal: AbortSignal) {
  const { layer, chainId, parent, before, said } = placing
  return withLock(deps, chainLock(deps, chainId), signal, async (): Promise<Result<void>> => {
    // another process may have made it while we waited
    if (hasLayer(deps.at, chainId)) {
      said('there')
      return ok(undefined)
    }
    const staged = await stage(deps, placing)
    if (!staged.ok) return staged
    try {
      const filled = await transfer(async () => {
        said('moving')
        return await layer.fill(staged.value, signal, (doneBytes, keptBytes = 0) =>
          said('moving', { doneBytes, keptBytes }),
        )
      })
      if (!filled.ok) return filled
      await before
      const { diffId, sizeBytes } = filled.value
      const registered = await withStores(deps, signal, () =>
        registerLayer(deps.at, staged.value, { diffId, parent, sizeBytes }),
      )
      if (!registered.ok) return registered
      await layer.settle()
      said('done')
      return ok(undefined)
    } finally {
      await discardStaged(staged.value)
    }
  })
}
