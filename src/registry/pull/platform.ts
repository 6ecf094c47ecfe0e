import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { Platform } from '../../model/image.ts'

const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  x64: 'amd64',
  aarch64: 'arm64',
  i386: '386',
  i486: '386',
  i586: '386',
  i686: '386',
  ia32: '386',
  armhf: 'arm',
  armel: 'arm',
}

/** One name for each platform: x86_64 is amd64, arm64/v8 is arm64, arm is arm/v7 (containerd's platforms package). */
export function normalise(platform: Platform): Platform {
  const architecture = architectures[platform.architecture.toLowerCase()] ?? platform.architecture.toLowerCase()
  const given = platform.variant?.toLowerCase().replace(/^(\d)$/, 'v$1') ?? ''
  const variant = /^armel$/i.test(platform.architecture) ? 'v6' : given
  const base = { arm64: 'v8', amd64: 'v1' }[architecture]
  const kept = variant === '' && architecture === 'arm' ? 'v7' : variant === base ? '' : variant
  return { os: platform.os.toLowerCase(), architecture, variant: kept === '' ? null : kept }
}

/** `linux/arm64`, `linux/arm/v6`: what `--platform` takes. */
export function parsePlatform(text: string): Result<Platform> {
  const found = /^([a-z0-9_.-]+)\/([A-Za-z0-9_-]+)(?:\/([A-Za-z0-9.]+))?$/.exec(text)
  if (found === null) {
    const message = `${JSON.stringify(text.slice(0, 80))}: a platform is os/architecture[/variant], as linux/amd64`
    return fail({ code: 'E_REFERENCE', message })
  }
  const [, os = '', architecture = '', variant = null] = found
  return ok(normalise({ os, architecture, variant }))
}

export const platformText = ({ os, architecture, variant }: Platform): string =>
  variant === null ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`

/** What runs on a platform, best first: itself, then the lesser variants that it contains. */
export function runnable(platform: Platform): readonly Platform[] {
  const best = normalise(platform)
  const { os, architecture } = best
  const number = Number(/^v(\d)$/.exec(best.variant ?? 'v1')?.[1] ?? Number.NaN)
  const lesser = (from: number, to: number) =>
    Array.from({ length: Math.max(from - to + 1, 0) }, (_, index) =>
      normalise({ os, architecture, variant: `v${from - index}` }),
    )
  if (Number.isNaN(number)) return [best]
  if (architecture === 'arm') return [best, ...lesser(number - 1, 5)]
  if (architecture === 'amd64') return [best, ...lesser(number - 1, 1), { os, architecture: '386', variant: null }]
  return [best]
}

/** The first entry of the best platform that has one. */
export function choose<T extends { readonly platform: Platform | null }>(
  entries: readonly T[],
  platform: Platform,
): T | null {
  for (const wanted of runnable(platform).map(platformText)) {
    const found = entries.find(entry => entry.platform !== null && platformText(normalise(entry.platform)) === wanted)
    if (found !== undefined) return found
  }
  return null
}
