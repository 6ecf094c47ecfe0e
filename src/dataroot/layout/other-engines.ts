import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DataRootPaths } from './paths.ts'

/** Entries by which a directory shows whose it is, most telling first. */
const marks: readonly (readonly [string, string])[] = [
  ['image', 'Docker'],
  ['overlay2', 'Docker'],
  ['vfs', 'Docker'],
  ['engine-id', 'Docker'],
  ['buildkit', 'Docker'],
  ['swarm', 'Docker'],
  ['network', 'Docker'],
  ['io.containerd.content.v1.content', 'containerd'],
  ['io.containerd.metadata.v1.bolt', 'containerd'],
  ['libpod', 'Podman'],
  ['overlay-containers', 'Podman'],
  ['overlay-images', 'Podman'],
  ['storage.lock', 'Podman'],
]

/** Why a directory without our identity must not be used, or null when it is empty or ours. */
export function foreignContent(paths: DataRootPaths): string | null {
  // an own directory without identity: the identity was removed on purpose, or a first run was interrupted
  if (existsSync(paths.own)) return null
  const why = foreignEntry(paths)
  // another first run may be making the data-root at this moment; its own directory comes before all that could be taken for foreign
  return existsSync(paths.own) ? null : why
}

function foreignEntry(paths: DataRootPaths): string | null {
  const other = 'name another place with --root'
  const mark = marks.find(([name]) => existsSync(join(paths.root, name)))
  if (mark !== undefined) return `belongs to another engine, ${mark[1]} (${join(paths.root, mark[0])}); ${other}`
  const expected = new Set(['lost+found', 'reconcile.lock', 'containers', 'volumes'])
  const stranger = readdirSync(paths.root).find(name => !expected.has(name))
  if (stranger !== undefined)
    return `is not empty (${join(paths.root, stranger)}) and not a data-root of ours; ${other}`
  for (const directory of [paths.containers, paths.volumes]) {
    const content = existsSync(directory) ? readdirSync(directory).find(name => name !== 'metadata.db') : undefined
    if (content !== undefined) return `belongs to another engine (${join(directory, content)}); ${other}`
  }
  return null
}
