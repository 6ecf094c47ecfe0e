import { closeSync, constants, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '../../model/errors.ts'
import { createFile, makeDirectory } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import { imagePaths } from '../layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../layout/paths.ts'

/**
 * Makes what is missing of the image stores in an opened data-root, with the modes that Docker's engine gives. Whoever
 * changes them afterwards holds `lock` exclusively; reading needs no lock.
 */
export function openImageStores(paths: DataRootPaths): Result<ImagePaths> {
  const at = imagePaths(paths)
  return attempt('make', at.top, () => {
    const directories: readonly [string, number][] = [
      [dirname(at.top), 0o700],
      [at.top, 0o700],
      [dirname(dirname(at.configs)), 0o700],
      [dirname(at.configs), 0o700],
      [at.configs, 0o700],
      [dirname(at.metadata), 0o700],
      [at.metadata, 0o700],
      [dirname(at.layers), 0o700],
      [at.layers, 0o755],
      [at.layerTemporary, 0o755],
      [at.mounts, 0o755],
      [dirname(dirname(at.diffIdByDigest)), 0o700],
      [at.driver === 'vfs' ? dirname(at.trees) : at.trees, 0o710],
      at.driver === 'vfs' ? [at.trees, 0o710] : [at.links, 0o700],
      [at.staging, 0o700],
      [at.blobs, 0o700],
      [at.blobFacts, 0o700],
    ]
    for (const [path, mode] of directories) makeDirectory(path, mode)
    for (const path of [at.diffIdByDigest, at.digestsByDiffId]) mkdirSync(path, { recursive: true, mode: 0o755 })
    createFile(at.references, '{"Repositories":{}}', 0o600)
    closeSync(openSync(at.lock, constants.O_RDONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
    return at
  })
}
