import { arch } from 'node:process'
import type { Platform } from '../model/image.ts'
import { normalise } from '../registry/pull/platform.ts'

/** What images must be made for to run here. */
export const hostPlatform = (): Platform => normalise({ os: 'linux', architecture: arch, variant: null })
