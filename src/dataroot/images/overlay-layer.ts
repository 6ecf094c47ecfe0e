import { existsSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import { makeDirectory, moveDurably, replaceFile, syncDirectory } from '../files/atomic.ts'
import { ifPresent } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { refuseMountPoints } from '../files/remove-tree.ts'
import { isLinkId, newLinkId } from './digest.ts'
import { writeHidden } from './hidden-file.ts'
import { readSmallText } from './read-bytes.ts'

const linkTarget = (layerId: string) => `../${layerId}/diff`

/** What is written into `lower` of a layer that lies on this one; null: `below` is null, there is none. */
export function lowerOn(at: ImagePaths, below: string | null): Known<string | null> {
  if (below === null) return known(null)
  const link = readLinkId(at, below)
  if (!link.known) return link
  const lower = readSmallText(join(at.trees, below, 'lower'))
  if (!lower.known) return lower
  return known(lower.value === null ? `l/${link.value}` : `l/${link.value}:${lower.value}`)
}

function readLinkId(at: ImagePaths, layerId: string): Known<string> {
  const path = join(at.trees, layerId, 'link')
  const text = readSmallText(path)
  if (!text.known) return text
  return text.value !== null && isLinkId(text.value) ? known(text.value) : unknown(`${path}: missing, or not a link id`)
}

export type OverlayLayer = {
  readonly id: string
  /** the directory of the layer that it lies on, and what its own `lower` says then */
  readonly below: string | null
  readonly lower: string | null
  /** the short name that layers above know it by */
  readonly linkId?: string
}

/**
 * Makes `overlay2/<id>` appear whole, out of a directory that holds its `diff`, and then its short link. What is there
 * already stays; only its link is made again. Throws system errors.
 */
export function publishOverlay(at: ImagePaths, staged: string, layer: OverlayLayer): void {
  const dir = join(at.trees, layer.id)
  if (!existsSync(dir)) {
    writeHidden(join(staged, 'link'), layer.linkId ?? newLinkId(), 0o644)
    if (layer.lower !== null) {
      writeHidden(join(staged, 'lower'), layer.lower, 0o644)
      makeDirectory(join(staged, 'work'), 0o700)
    }
    syncDirectory(staged)
    renameSync(staged, dir)
    syncDirectory(at.trees)
  }
  ensureLink(at, layer.id)
  if (layer.below !== null) markCommitted(at, layer.below)
}

function ensureLink(at: ImagePaths, layerId: string): void {
  const link = readLinkId(at, layerId)
  if (!link.known)
    throw Object.assign(new Error(link.why), { code: 'EINVAL', errno: -22, path: join(at.links, layerId) })
  const path = join(at.links, link.value)
  if (ifPresent(() => readlinkSync(path)) === linkTarget(layerId)) return
  const temporary = temporaryLink(at, link.value)
  rmSync(temporary, { force: true })
  symlinkSync(linkTarget(layerId), temporary)
  renameSync(temporary, path)
  syncDirectory(at.links)
}

const temporaryLink = (at: ImagePaths, link: string) => join(at.links, `.tmp-${link}`)

/** An engine mounts a layer that others lie on read-only. */
function markCommitted(at: ImagePaths, layerId: string): void {
  const marker = join(at.trees, layerId, 'committed')
  if (!existsSync(marker)) replaceFile(marker, '', 0o600, false)
}

/** The link first: afterwards nothing leads to the directory, which then leaves its place whole. May be repeated. */
export function retireOverlay(at: ImagePaths, layerId: string): void {
  const dir = join(at.trees, layerId)
  if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) return
  refuseMountPoints(dir)
  const link = readLinkId(at, layerId)
  if (link.known && ifPresent(() => readlinkSync(join(at.links, link.value))) === linkTarget(layerId)) {
    unlinkSync(join(at.links, link.value))
  }
  if (link.known) rmSync(temporaryLink(at, link.value), { force: true })
  // content that an earlier removal left there is on its way out as well
  rmSync(retiredOverlay(at, layerId), { recursive: true, force: true })
  moveDurably(dir, retiredOverlay(at, layerId))
}

export const retiredOverlay = (at: ImagePaths, layerId: string): string => join(at.removed, `overlay-${layerId}`)

/** The short name that a layer has, or had; null where that can't be told any more. */
export function linkIdOf(at: ImagePaths, layerId: string): string | null {
  const link = readLinkId(at, layerId)
  return link.known ? link.value : null
}

/** Why a layer's directory can't be mounted, or null. `below` is the directory of the layer that it lies on. */
export function overlayProblem(at: ImagePaths, layerId: string, below: string | null): string | null {
  const dir = join(at.trees, layerId)
  for (const path of [join(dir, 'diff'), ...(below === null ? [] : [join(dir, 'work')])]) {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return `${path}: missing, or not a directory`
  }
  const link = readLinkId(at, layerId)
  if (!link.known) return link.why
  const path = join(at.links, link.value)
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (!isLink || readlinkSync(path) !== linkTarget(layerId)) return `${path}: doesn't lead to layer ${layerId}`
  const [lower, expected] = [readSmallText(join(dir, 'lower')), lowerOn(at, below)]
  if (!lower.known) return lower.why
  if (!expected.known) return expected.why
  return lower.value === expected.value ? null : `${join(dir, 'lower')}: not the layers that it lies on`
}
