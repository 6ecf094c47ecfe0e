import type { ContainerDeclaration } from './desired.ts'
import type { ImageDefaults } from './image-config.ts'
import { imageVolumes, rooted } from './image-volumes.ts'

/** What runs, and how, once image and manifest are put together (docker-data-root §10). */
export type Settings = {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** entrypoint and command together; empty: neither the image nor the manifest names a program */
  readonly args: readonly string[]
  /** `KEY=value`, keys unique: the manifest's first, then those that only the image has */
  readonly env: readonly string[]
  /** empty: root */
  readonly user: string
  readonly workingDir: string
  readonly stopSignal: string
  readonly stopGraceMs: number
  readonly labels: Readonly<Record<string, string>>
  /** clean absolute paths, sorted; some may be covered by mounts */
  readonly volumes: readonly string[]
  /** `80/tcp`, sorted */
  readonly exposedPorts: readonly string[]
}

type Declared = Pick<ContainerDeclaration, 'spec' | 'labels' | 'stop'>

const defaultGraceMs = 10_000

/** `image` null: a rootfs, which has no say. */
export function mergedSettings({ spec, labels, stop }: Declared, image: ImageDefaults | null): Settings {
  const words = mergedWords(spec, image)
  const imageGraceMs = image?.stopTimeoutSeconds == null ? defaultGraceMs : image.stopTimeoutSeconds * 1000
  return {
    ...words,
    args: [...words.entrypoint, ...words.command],
    env: mergedEnv(spec.env, image?.env ?? []),
    user: spec.user || (image?.user ?? ''),
    workingDir: spec.workingDir || rooted(image?.workingDir ?? ''),
    stopSignal: stop.signal ?? (image?.stopSignal || 'SIGTERM'),
    stopGraceMs: stop.graceMs ?? imageGraceMs,
    labels: { ...image?.labels, ...labels },
    volumes: image === null ? [] : imageVolumes(image),
    exposedPorts: [...(image?.exposedPorts ?? [])].sort(),
  }
}

/** An entrypoint of the manifest takes the image's command away too; `['']` is one that runs nothing by itself. */
function mergedWords(
  { entrypoint, command }: Declared['spec'],
  image: ImageDefaults | null,
): Pick<Settings, 'entrypoint' | 'command'> {
  if (entrypoint.length === 1 && entrypoint[0] === '') return { entrypoint: [], command }
  if (entrypoint.length > 0) return { entrypoint, command }
  const ofImage = image?.entrypoint ?? []
  return {
    entrypoint: ofImage.length === 1 && ofImage[0] === '' ? [] : ofImage,
    command: command.length > 0 ? command : (image?.command ?? []),
  }
}

/** The last entry of an image wins over its earlier ones; one without `=` sets nothing. */
function mergedEnv(own: Readonly<Record<string, string>>, ofImage: readonly string[]): string[] {
  const entries = new Map(Object.entries(own))
  const more = new Map<string, string>()
  for (const entry of ofImage) {
    const equals = entry.indexOf('=')
    if (equals > 0 && !entries.has(entry.slice(0, equals))) more.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  return [...entries, ...more].map(([key, value]) => `${key}=${value}`)
}
