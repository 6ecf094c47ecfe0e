import { closeSync, openSync, readSync } from 'node:fs'
import { known, unknown, type Known } from '../model/errors.ts'
import { errnoOf } from './files.ts'

/** The kernel lets a mount namespace have 100,000 mounts, unless told otherwise; a line has 150 bytes or so. */
const mostBytes = 16 * 2 ** 20
const chunkBytes = 64 * 2 ** 10

/** The bytes of a mountinfo as latin1. Unknown beyond a bound: whoever mounts without end must not use up our memory. */
export function readMountFile(path: string): Known<string> {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let text = ''
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      text += chunk.toString('latin1', 0, read)
      if (text.length > mostBytes) return unknown(`${path} has more than ${mostBytes / 2 ** 20} MiB`)
    }
    return known(text)
  } catch (error) {
    return { known: false, why: `cannot read ${path} (${errnoOf(error)})`, errno: errnoOf(error) }
  } finally {
    if (file !== null) closeSync(file)
  }
}
