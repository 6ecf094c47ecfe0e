import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { chainIdsOf } from '../dataroot/images/digest.ts'
import type { StoredImage } from '../dataroot/images/image-entry.ts'
import { readChain, tarSplitFile } from '../dataroot/images/layer-entry.ts'
import type { StoredLayer } from '../dataroot/images/layer-entry.ts'
import type { ImagePaths } from '../dataroot/layout/paths.ts'
import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import { isSystemError, systemFailure } from './system-failure.ts'

/** The layers of an image, the base first. */
export function layersOf(at: ImagePaths, { config }: StoredImage): Result<readonly StoredLayer[]> {
  const top = chainIdsOf(config.diffIds).at(-1)
  return top === undefined ? ok([]) : readChain(at, top)
}

/** How long a layer's tar stream is: its tar-split tells, without a look at the files. */
export async function tarBytes(at: ImagePaths, { chainId }: StoredLayer): Promise<Result<number>> {
  const path = tarSplitFile(at, chainId)
  const source = createReadStream(path)
  const text = source.pipe(createGunzip())
  source.on('error', error => text.destroy(error))
  let bytes = 0
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
      const entry = JSON.parse(line) as { type: number; size?: number; payload: string | null }
      bytes += entry.type === 1 ? (entry.size ?? 0) : Buffer.byteLength(entry.payload ?? '', 'base64')
    }
    return ok(bytes)
  } catch (error) {
    if (isSystemError(error) && !error.code.startsWith('ERR')) return fail(systemFailure('read', error, path))
    return fail({ code: 'E_STATE', message: `${path}: damaged; the layer can't be read`, path })
  } finally {
    source.destroy()
  }
}
