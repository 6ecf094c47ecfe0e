import { type KeptFiles, readKeptFiles } from '../dataroot/records/files.ts'
import { type BoundFile, onChangeOf } from '../model/bound-file.ts'
import type { BindMount, ContainerDeclaration } from '../model/desired.ts'
import { known, unknown } from '../model/errors.ts'
import type { SeenContainer, Surroundings } from './container.ts'
import { lookAtFile } from './file-content.ts'

/** Looks at the bound files of what runs. */
export const seeBoundFiles = (around: Surroundings, seen: readonly SeenContainer[]): Promise<SeenContainer[]> =>
  Promise.all(seen.map(one => seeFilesOf(around, one)))

async function seeFilesOf(around: Surroundings, one: SeenContainer): Promise<SeenContainer> {
  const { declaration, id, phase } = one.container
  const binds = declaration.spec.mounts.filter(mount => mount.type === 'bind')
  if (binds.length === 0 || !phase.known || phase.value.phase !== 'running') return one
  const kept = readKeptFiles(around.paths, id)
  const looks = binds.map(bind => changed(around, declaration, bind, kept))
  const files = (await Promise.all(looks)).filter(file => file !== null)
  return files.length === 0 ? one : { ...one, container: { ...one.container, files } }
}

/** null: it is as it was, or no file, and nobody asked about it as one. */
async function changed(
  { nowMs }: Surroundings,
  declaration: ContainerDeclaration,
  { source, target }: BindMount,
  files: KeptFiles,
): Promise<BoundFile | null> {
  const kept = Object.hasOwn(files, target) && files[target]?.source === source ? files[target] : undefined
  const before = kept === undefined ? null : { stat: kept.stat, digest: kept.digest }
  const look = await lookAtFile(source, nowMs, before)
  if (!look.known || look.value === null) {
    if (onChangeOf(declaration, target) === 'report') return null
    const now = look.known ? unknown(`${source} is no file`) : look
    return { target, source, now, before }
  }
  const { content } = look.value
  return content !== null && content.digest === before?.digest
    ? null
    : { target, source, now: known(look.value), before }
}
