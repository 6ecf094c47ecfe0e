import { join } from 'node:path'
import { known } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import type { ImagePaths } from '../layout/paths.ts'
import {
  linkIdOf,
  lowerOn,
  overlayProblem,
  publishOverlay,
  retiredOverlay,
  retireOverlay,
  type OverlayLayer,
} from './overlay-layer.ts'
import { publishVfs, retiredVfs, retireVfs, vfsProblem } from './vfs-layer.ts'

/** A layer's files: with overlay2 what it changes, with vfs all that it and the layers below show. */
export const layerFiles = (at: ImagePaths, layerId: string): string =>
  at.driver === 'vfs' ? layerHome(at, layerId) : join(layerHome(at, layerId), 'diff')

export const layerHome = (at: ImagePaths, layerId: string): string => join(at.trees, layerId)

/** What a layer that lies on `below` keeps of it, for `publishTree`; unknown: that one is damaged. */
export const lowerOf = (at: ImagePaths, below: string | null): Known<string | null> =>
  at.driver === 'vfs' ? known(null) : lowerOn(at, below)

/** Makes a layer's directory appear whole, out of one that holds its `diff`. What is there already stays. */
export const publishTree = (at: ImagePaths, staged: string, layer: OverlayLayer): void =>
  at.driver === 'vfs' ? publishVfs(at, staged, layer.id) : publishOverlay(at, staged, layer)

/** Takes it out of its place, to `retiredTree`. May be repeated. */
export const retireTree = (at: ImagePaths, layerId: string): void =>
  at.driver === 'vfs' ? retireVfs(at, layerId) : retireOverlay(at, layerId)

export const retiredTree = (at: ImagePaths, layerId: string): string =>
  at.driver === 'vfs' ? retiredVfs(at, layerId) : retiredOverlay(at, layerId)

/** Why a layer's directory can't be used, or null. `below`: the layer that it lies on. */
export const treeProblem = (at: ImagePaths, layerId: string, below: string | null): string | null =>
  at.driver === 'vfs' ? vfsProblem(at, layerId) : overlayProblem(at, layerId, below)

/** The short name that a layer has, or had; null where there is none. */
export const shortNameOf = (at: ImagePaths, layerId: string): string | null =>
  at.driver === 'vfs' ? null : linkIdOf(at, layerId)
