import { createContainerFiles } from '../dataroot/containers.ts'
import { ok } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { Executor } from './deps.ts'
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
    image: action.image,
    restarts: { count: 0, streak: 0, requestedAtMs: null, failedStart: null },
    run: null,
    stop: null,
  }
  const created = createContainerFiles(deps.paths, record)
  return created.ok ? ok({}) : created
}
