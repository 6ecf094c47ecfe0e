import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { known, unknown } from '../../model/errors.ts'
import type { Known } from '../../model/errors.ts'
import { ifPresent } from '../io.ts'
import { isContainerId } from '../paths.ts'
import type { ImagePaths } from '../paths.ts'
import { isDigest } from './digest.ts'
import { field, fieldsOf, parseJson, parsed } from './json-fields.ts'
import { readBytes } from './read-bytes.ts'

const mostBytes = 16 * 1024 * 1024

/**
 * The images that containers were made from, each with the containers' ids. Unknown while the configuration of one
 * container can't be read: nobody knows what it needs.
 */
export function usedImages(at: ImagePaths): Known<ReadonlyMap<string, readonly string[]>> {
  const used = new Map<string, string[]>()
  for (const id of (ifPresent(() => readdirSync(at.containers)) ?? []).filter(isContainerId)) {
    const path = join(at.containers, id, 'config.v2.json')
    const bytes = readBytes(path, mostBytes)
    if (!bytes.known) return bytes
    const { value } = bytes
    // without it there is no container yet, or no more
    if (value === null) continue
    const image = parsed(() => field(fieldsOf(parseJson(value), 'it'), 'Image'))
    if ('why' in image) return unknown(`${path}: ${image.why}`)
    if (isDigest(image.value)) used.set(image.value, [...(used.get(image.value) ?? []), id])
  }
  return known(used)
}
