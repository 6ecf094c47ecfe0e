/** Limits on everything that a registry can make us wait for, keep or repeat. */
export type Bounds = {
  readonly connectMs: number
  /** from the request's last byte to the end of the answer's headers */
  readonly answerMs: number
  /** how long a body may bring less than `stallBytes` while we wait for it */
  readonly stallMs: number
  readonly stallBytes: number
  /** a manifest, a token or an error as a whole */
  readonly documentMs: number
  readonly headerBytes: number
  readonly manifestBytes: number
  readonly configBytes: number
  readonly errorBytes: number
  readonly tokenBytes: number
  readonly layers: number
  readonly indexEntries: number
  readonly redirects: number
  /** tries in a row without progress */
  readonly attempts: number
  /** tries of one transfer, with or without progress */
  readonly attemptsEver: number
  /** the pause before try n + 1 is n times this */
  readonly pauseMs: number
  /** a registry that asks for a longer pause is not waited for */
  readonly retryAfterMs: number
  /** pieces of an upload whose digest is not known beforehand; one is kept in memory */
  readonly chunkBytes: number
}

export const defaultBounds: Bounds = {
  connectMs: 15_000,
  answerMs: 60_000,
  stallMs: 30_000,
  stallBytes: 1024,
  documentMs: 120_000,
  headerBytes: 32 * 1024,
  manifestBytes: 4 * 1024 * 1024,
  configBytes: 4 * 1024 * 1024,
  errorBytes: 64 * 1024,
  tokenBytes: 1024 * 1024,
  layers: 500,
  indexEntries: 1000,
  redirects: 5,
  attempts: 5,
  attemptsEver: 100,
  pauseMs: 5_000,
  retryAfterMs: 60_000,
  chunkBytes: 8 * 1024 * 1024,
}
