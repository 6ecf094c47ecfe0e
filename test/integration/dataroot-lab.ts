import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { runAtOnce } from '../../src/dataroot/files/disk-work.ts'
import { creatingContainer } from '../../src/dataroot/objects/containers.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import type { DataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import type { Result } from '../../src/model/errors.ts'
import type { ContainerRecord } from '../../src/model/record.ts'
import { labPrefix } from '../support/leaks.ts'

/** A directory that is removed when the test ends. */
export function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(`${labPrefix}dataroot-`)
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** An empty, opened data-root. */
export function temporaryRoot(context: TestContext): DataRootPaths {
  const directory = temporaryDirectory(context)
  const paths = dataRootPaths(join(directory, 'root'), join(directory, 'run'))
  expectOk(openRoot(paths, { create: true }))
  return paths
}

/** A data-root with this container in it. */
export function rootWith(context: TestContext, record: ContainerRecord): DataRootPaths {
  const paths = temporaryRoot(context)
  runAtOnce(creatingContainer(paths, record))
  return paths
}

export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

/** The message of a failure that is expected. */
export function expectFailure(result: Result<unknown>, code: string): string {
  if (result.ok) throw new Error('expected a failure')
  if (result.error.code !== code) throw new Error(`expected ${code}: ${result.error.code} ${result.error.message}`)
  return result.error.message
}
