import { readHealth } from '../dataroot/records/health.ts'
import { settingsOrDeclared } from '../dataroot/images/recorded-settings.ts'
import type { DataRootPaths } from '../dataroot/layout/paths.ts'
import { type HealthCheck, healthCheckOf, newHealth, type SeenHealth } from '../model/health.ts'
import type { ImageDefaults } from '../model/image-config.ts'
import type { Phase } from '../model/observed.ts'
import type { ContainerRecord } from '../model/record.ts'

/** Images don't change, and most containers have one that others have, too. */
const wordsOfImages = new Map<string, Pick<ImageDefaults, 'healthcheck' | 'shell'>>()
const mostImages = 1000

/** What a container's probes said last. */
export function seeHealth(
  paths: DataRootPaths,
  record: ContainerRecord,
  { process, startedAtMs }: Extract<Phase, { phase: 'running' }>,
  check: HealthCheck,
): SeenHealth {
  const { ofRun, log } = readHealth(paths, record.id, process)
  const { status, sinceMs, failingStreak } = ofRun ?? newHealth(startedAtMs, log)
  return { status, sinceMs, failingStreak, log, check, recorded: recordedStatus(record, process) }
}

function recordedStatus(
  { health, run }: ContainerRecord,
  process: { readonly pid: number; readonly startTicks: string },
) {
  const isItsRun = run?.process.pid === process.pid && run.process.startTicks === process.startTicks
  return (isItsRun ? health : undefined) ?? 'starting'
}

/** null: nothing is asked of it. */
export function checkOf(paths: DataRootPaths, { declaration, image }: ContainerRecord): HealthCheck | null {
  if (image === null) return healthCheckOf(declaration.health, null)
  return healthCheckOf(declaration.health, wordsOf(paths, { declaration, image }))
}

function wordsOf(paths: DataRootPaths, record: Pick<ContainerRecord, 'declaration' | 'image'>) {
  const id = record.image?.id ?? ''
  const known = wordsOfImages.get(id)
  if (known !== undefined) return known
  const config = settingsOrDeclared(paths, record).image
  if (config === null) return null
  const { healthcheck, shell } = config.defaults
  if (wordsOfImages.size >= mostImages) wordsOfImages.clear()
  wordsOfImages.set(id, { healthcheck, shell })
  return config.defaults
}
