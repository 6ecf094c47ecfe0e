import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { runHostCommand } from '../../src/cli/manifests/host-command.ts'
import { keptStore } from '../../src/cli/manifests/git-source.ts'
import { type DataRootPaths, dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { parseAddress } from '../../src/source/git/address.ts'
import { type GitLimits, gitLimits } from '../../src/source/git/limits.ts'
import { parseRef } from '../../src/source/git/names.ts'
import { gitPlace, gitSource } from '../../src/source/git/source.ts'
import type { Store } from '../../src/source/git/store.ts'
import type { Source } from '../../src/source/source.ts'
import { labPrefix } from './leaks.ts'

export type SourceLab = {
  readonly folder: string
  readonly paths: DataRootPaths
  open(url: string, options?: OpenOptions): Source
}

export type OpenOptions = {
  readonly ref?: string
  readonly path?: string
  readonly limits?: Partial<GitLimits>
  readonly environment?: Readonly<Record<string, string>>
  readonly intervalMs?: number
  readonly patienceMs?: number | null
  readonly allowEmpty?: boolean
  readonly signal?: AbortSignal
  /** as another process that lives beside those before; else as one that came after them */
  readonly beside?: boolean
}

/** Sources that keep what they learn in a data-root of the test's own, with the real git command. */
export function makeSourceLab(t: TestContext): SourceLab {
  const folder = realpathSync(mkdtempSync(labPrefix))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const home = join(folder, 'empty-home')
  mkdirSync(home)
  const paths = dataRootPaths(join(folder, 'root'), join(folder, 'run'))
  const stores = new Map<string, Store>()
  const storeOf = (place: string, beside: boolean): Store => {
    const store = (beside ? undefined : stores.get(place)) ?? keptStore(paths, place)
    stores.set(place, store)
    return store
  }
  return {
    folder,
    paths,
    open: (url, options = {}) => {
      const address = required(parseAddress(url))
      const path = options.path ?? ''
      const environment = { PATH: process.env['PATH'] ?? '', HOME: home, ...options.environment }
      return gitSource(
        {
          git: { run: runHostCommand, environment, limits: { ...gitLimits, ...options.limits } },
          store: storeOf(gitPlace(address, path), options.beside ?? false),
          address,
          wanted: required(parseRef(options.ref ?? null)),
          path,
          asks: true,
          intervalMs: options.intervalMs ?? 100,
          patienceMs: options.patienceMs ?? null,
          random: () => 0.5,
          nowMs: Date.now,
        },
        { allowEmpty: options.allowEmpty },
        options.signal ?? new AbortController().signal,
      )
    },
  }
}

function required<T>(result: { ok: true; value: T } | { ok: false; error: string }): T {
  if (!result.ok) throw new Error(result.error)
  return result.value
}

/** `a.yaml: <text>` for each manifest, `b.yaml ! <why>` for each that could not be read. */
export async function told(source: Source): Promise<string[]> {
  const { texts, problems } = await source.read()
  return [
    ...texts.map(({ file, text }) => `${file.replace(/@.*/, '')}: ${Buffer.from(text).toString()}`),
    ...problems.map(({ file, message }) => `${file.replace(/^.*\/\//, '')} ! ${message}`),
  ]
}

/** What stands in the way of a source after it was read, or null. */
export async function troubleOf(source: Source): Promise<string | null> {
  await source.read()
  return source.revisions?.state(null).trouble ?? null
}
