/**
 * Runs the bundle that `scripts/bundle.ts` made of `src/main.ts`, with V8's code cache made there too: one file to read
 * and nothing to compile, where the sources are hundreds. Nothing is written here. Sources that have changed since run as they are.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

declare const bundle: Bundle

export type Bundle = {
  /** both in the directory of the launcher */
  readonly script: string
  readonly cache: string
  /** path from the package's root, milliseconds since 1970 */
  readonly sources: readonly (readonly [path: string, mtimeMs: number])[]
}

const root = dirname(import.meta.dirname)

export type Loaded = { readonly script: Script; readonly run: () => void }

/** The bundle as a CommonJS module; `cache`: null to compile it. */
export function load(path: string, cache: Buffer | null): Loaded {
  const text = readFileSync(path, 'latin1')
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename: path,
    ...(cache === null ? {} : { cachedData: cache }),
  })
  const run = () => {
    const module = { exports: {} }
    script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path))
  }
  return { script, run }
}

const isFresh = ({ sources }: Bundle): boolean =>
  !existsSync(join(root, 'src')) ||
  sources.every(([path, mtimeMs]) => {
    const now = statSync(`${root}/${path}`, { throwIfNoEntry: false })
    // a copy keeps no nanoseconds
    return now !== undefined && Math.abs(now.mtimeMs - mtimeMs) < 1
  })

if (typeof bundle !== 'undefined') {
  if (isFresh(bundle))
    load(join(import.meta.dirname, bundle.script), readFileSync(join(import.meta.dirname, bundle.cache))).run()
  else void import(pathToFileURL(join(root, 'src/main.ts')).href)
}
