/** A person's word that a container is left alone for a while. */
export type Hold = { readonly sinceMs: number; readonly untilMs: number; readonly reason: string }

/** No hold is longer: what nobody remembers must not last. */
export const longestHoldMs = 30 * 24 * 3_600_000

/** The hold that is in force at this moment. */
export const inForce = (hold: Hold | null | undefined, nowMs: number): Hold | null =>
  hold !== undefined && hold !== null && nowMs < hold.untilMs ? hold : null
