import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import { ifPresent } from '../files/io.ts'
import { isContainerId } from '../layout/paths.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { isDigest } from './digest.ts'
import { field, fieldsOf, parseJson, parsed } from './json-fields.ts'
import type { Fields } from './json-fields.ts'
import { readBytes } from './read-bytes.ts'

const mostBytes = 16 * 1024 * 1024

/**
 * The images that containers were made from, or are being made from, each with the containers' ids. Unknown while the
 * configuration of one container can't be read: nobody knows what it needs.
 */
export function usedImages(at: ImagePaths): Known<ReadonlyMap<string, readonly string[]>> {
  const used = new Map<string, string[]>()
  for (const id of (ifPresent(() => readdirSync(at.containers)) ?? []).filter(isContainerId)) {
    const image = imageOf(join(at.containers, id))
    if (!image.known) return image
    if (image.value !== null) used.set(image.value, [...(used.get(image.value) ?? []), id])
  }
  return known(used)
}

/** Docker's file comes last when a container is made; until then our record alone tells. */
function imageOf(dir: string): Known<string | null> {
  const image = idIn(join(dir, 'config.v2.json'), it => field(it, 'Image'))
  if (!image.known || image.value !== null) return image
  return idIn(join(dir, 'reconcile.json'), it => {
    const use = field(it, 'image')
    return use === null ? null : field(fieldsOf(use, 'image'), 'id')
  })
}

function idIn(path: string, read: (it: Fields) => unknown): Known<string | null> {
  const bytes = readBytes(path, mostBytes)
  if (!bytes.known) return bytes
  const { value } = bytes
  if (value === null) return known(null)
  const id = parsed(() => read(fieldsOf(parseJson(value), 'it')))
  if ('why' in id) return unknown(`${path}: ${id.why}`)
  return known(isDigest(id.value) ? id.value : null)
}
