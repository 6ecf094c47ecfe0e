import type { Mount } from './desired.ts'
import type { ImageDefaults } from './image-config.ts'

/** The image's VOLUMEs. One of `/` would hide the whole image: it is left out. */
export function imageVolumes({ volumes }: ImageDefaults): string[] {
  const targets = volumes.map(rooted).filter(path => path !== '/')
  return [...new Set(targets)].sort()
}

/** Those that no mount of the manifest covers: each gets an anonymous volume of its own. */
export function uncoveredVolumes(image: ImageDefaults, mounts: readonly Mount[]): string[] {
  const covered = new Set(mounts.map(({ target }) => target))
  return imageVolumes(image).filter(path => !covered.has(path))
}

/** Clean and absolute, as an image's paths are meant: what leads above the root ends there. */
export function rooted(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
