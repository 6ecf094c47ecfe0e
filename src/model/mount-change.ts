import type { Mount } from './desired.ts'

/**
 * What makes the mounts of a running container those of another list. Nothing new is there before the record says so, and
 * nothing old afterwards: a crash anywhere leaves mounts that one of the two lists misses, which is drift.
 */
export type MountsChange = {
  /** deepest first, before the record changes */
  readonly away: readonly MountAway[]
  /** parents first, when it has changed */
  readonly put: readonly MountPut[]
}

/** `withdraw`: if it is what was recorded; `detach`: it is, though its source is no more; null: it isn't there */
export type MountAway = { readonly mount: Mount; readonly edit: 'withdraw' | 'detach' | null }

/** `before`: what was recorded for its target; null: nothing */
export type MountPut = { readonly mount: Mount; readonly edit: 'attach' | 'options'; readonly before: Mount | null }

/** Why only a new container gets a mount, or gets rid of one. */
export type MountObstacle = {
  readonly target: string
  readonly code: /** the container owns it: it comes and goes with it */
    | 'anonymous-volume'
    /** the image has a VOLUME there, or may have one */
    | 'image-volume'
    /** where the container has mounts of its own, or paths that are masked or read-only */
    | 'own-mounts'
    | 'read-only-root'
    | 'tmpfs-mode'
    /** something else is mounted there, or hides it */
    | 'not-ours'
    /** a mount that it lies on is not as recorded */
    | 'mount-above'
}
