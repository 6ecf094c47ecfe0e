const mebibyte = 1024 * 1024

/** What a repository and its server may cost. */
export type GitLimits = {
  /** to answer which commit a name means */
  readonly askMs: number
  readonly fetchMs: number
  /** for a command that only reads what is here */
  readonly readMs: number
  /** a transfer of which nothing comes for so long is given up */
  readonly stallSeconds: number
  /** one transfer, as packed */
  readonly packBytes: number
  readonly memoryBytes: number
  /** commits of history that come along, to tell a forced push */
  readonly depth: number
  /** manifests of the directory, their bytes, and those of the env files that they name */
  readonly files: number
  readonly contentBytes: number
  readonly listingBytes: number
  /** packs after which they are made one */
  readonly packs: number
}

export const gitLimits: GitLimits = {
  askMs: 30_000,
  fetchMs: 600_000,
  readMs: 30_000,
  stallSeconds: 60,
  packBytes: 512 * mebibyte,
  memoryBytes: 1024 * mebibyte,
  depth: 50,
  files: 10_000,
  contentBytes: 64 * mebibyte,
  listingBytes: 16 * mebibyte,
  packs: 20,
}
