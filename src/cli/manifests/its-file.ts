import type { DesiredState, Origin } from '../../model/desired.ts'
import { parseRepositoryFile } from '../../model/repository.ts'
import type { Context } from '../context/context.ts'
import { openManifests } from './manifests.ts'

/** What the file that declared a container says now; null: it can't be read as a manifest any more. */
export async function readItsFile(context: Context, origin: Origin): Promise<DesiredState | null> {
  const git =
    parseRepositoryFile(origin.file) === null ? null : (await import('./git-source.ts')).recalledGit(origin.file)
  const options = { ...context.options, source: origin.source, git }
  const manifests = await openManifests({ ...context, options }, git === null ? [origin.file] : [], 'recall')
  const { desired } = await manifests.read()
  return desired.problems.length > 0 ? null : desired
}
