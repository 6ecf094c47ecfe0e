import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, ok, type Result } from '../../model/errors.ts'
import { errnoText } from '../regular-file.ts'
import { askLocal, type Git } from './calls.ts'
import type { Trouble } from './trouble.ts'

/** A directory of objects that exists already, and the commits that are needed of it. */
export type Seed = { readonly directory: string; readonly commits: readonly string[] }

/** Makes an empty bare repository; hooks and templates of this host stay out of it. */
export async function makeRepository(
  git: Git,
  directory: string,
  commit: string,
  signal: AbortSignal,
): Promise<Result<void, Trouble>> {
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--initial-branch=none']
  const made = await askLocal(git, directory, { args, what: 'make a place for its objects' }, signal)
  return made.ok ? ok(undefined) : made
}

/** Takes over what another directory has, by links: packs are never changed. The names keep it from being dropped. */
export function plantSeed(directory: string, seed: Seed): Result<void, Trouble> {
  try {
    mkdirSync(join(directory, 'objects', 'pack'), { recursive: true })
    for (const name of packFiles(seed.directory))
      linkSync(join(seed.directory, 'objects', 'pack', name), join(directory, 'objects', 'pack', name))
    const shallow = join(seed.directory, 'shallow')
    if (existsSync(shallow)) copyFileSync(shallow, join(directory, 'shallow'))
    for (const [index, commit] of [...new Set(seed.commits)].entries()) {
      const ref = join(directory, 'refs', 'reconcile', `had-${index}`)
      mkdirSync(dirname(ref), { recursive: true })
      writeFileSync(ref, `${commit}\n`)
    }
    return ok(undefined)
  } catch (error) {
    return fail({ kind: 'own', message: `could not take over the objects that are here: ${errnoText(error)}` })
  }
}

const packFiles = (directory: string): string[] =>
  readdirSync(join(directory, 'objects', 'pack'))
    .filter(name => /^pack-[0-9a-f]+\.(pack|idx|rev)$/.test(name))
    // an index must not be there before its pack
    .sort((a, b) => Number(b.endsWith('.pack')) - Number(a.endsWith('.pack')))

/** One pack instead of many, without what no kept commit needs. */
export async function packTogether(git: Git, directory: string, signal: AbortSignal): Promise<Result<void, Trouble>> {
  const packs = packFiles(directory).filter(name => name.endsWith('.pack')).length
  if (packs <= git.limits.packs) return ok(undefined)
  const args = ['-c', 'pack.threads=1', 'repack', '-a', '-d', '-q']
  const call = { args, what: 'pack its objects', timeoutMs: git.limits.fetchMs }
  const packed = await askLocal(git, directory, call, signal)
  return packed.ok ? ok(undefined) : packed
}
