import { beginContainerFiles, completeContainerFiles, createContainerFiles } from '../dataroot/objects/containers.ts'
import { refreshHosts } from '../dataroot/objects/hosts.ts'
import { recordedSettings } from '../dataroot/images/recorded-settings.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ImageUse } from '../model/observed.ts'
import type { StepFacts } from '../model/outcome.ts'
import type { ContainerRecord } from '../model/record.ts'
import { makeContainerLayers } from './container-layers.ts'
import { createFromCopy, needsRootCopy } from './copy-rootfs.ts'
import type { ConvergeDeps, Executor } from './deps.ts'
import { fillVolumes } from './fill-volumes.ts'
import { declarationOf } from './records.ts'

/** Record first, Docker's config.v2.json last: what lies between is the phase `creating`. */
export const createContainer: Executor<'create-container'> = async (deps, action) => {
  const record: ContainerRecord = {
    version: 1,
    id: action.id,
    declaration: declarationOf(action.container),
    origin: action.container.origin,
    createdAtMs: deps.now(),
    limits: action.limits,
    anonymousVolumes: action.anonymousVolumes,
    ...(action.endpoints === undefined ? {} : { endpoints: action.endpoints }),
    image: action.image,
    restarts: { count: 0, streak: 0, requestedAtMs: null, failedStart: null },
    run: null,
    stop: null,
  }
  const created = await createFiles(deps, record)
  if (!created.ok || record.endpoints === undefined) return created
  // those that run already learn its names
  const told = refreshHosts(deps.paths)
  return told.ok ? created : told
}

async function createFiles(deps: ConvergeDeps, record: ContainerRecord): Promise<Result<StepFacts>> {
  if (record.image !== null) return createFromImage(deps, record, record.image)
  if (needsRootCopy(deps)) return createFromCopy(deps, record)
  const created = await createContainerFiles(deps.paths, record)
  return created.ok ? ok({}) : created
}

async function createFromImage(
  deps: ConvergeDeps,
  record: ContainerRecord,
  { id, reference }: ImageUse,
): Promise<Result<StepFacts>> {
  const recorded = recordedSettings(deps.paths, record)
  if (!recorded.known) return fail({ code: 'E_STATE', message: recorded.why })
  if (recorded.value.settings.args.length === 0) {
    return fail({ code: 'E_SPEC', message: `image ${reference} names no program to run, and the manifest none` })
  }
  const begun = await beginContainerFiles(deps.paths, record)
  if (!begun.ok) return begun
  const layers = await makeContainerLayers(deps, record.id, id)
  if (!layers.ok) return layers
  const filled = await fillVolumes(deps, record, layers.value.shown)
  if (!filled.ok) return filled
  const completed = await completeContainerFiles(deps.paths, record)
  if (!completed.ok) return completed
  return ok(filled.value.length === 0 ? {} : { warnings: warningsOf(filled.value) })
}

const warningsOf = (messages: readonly string[]) => messages.map(message => ({ field: 'spec.mounts', message }))
