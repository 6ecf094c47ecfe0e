/** What an image says about containers made from it; a field that it leaves out is empty, or null where that differs. */
export type ImageDefaults = {
  readonly user: string
  readonly exposedPorts: readonly string[]
  readonly env: readonly string[]
  /** null: not given, which isn't the same as `[]` */
  readonly entrypoint: readonly string[] | null
  readonly command: readonly string[] | null
  readonly volumes: readonly string[]
  readonly workingDir: string
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal: string
  readonly stopTimeoutSeconds: number | null
  readonly shell: readonly string[] | null
  readonly onBuild: readonly string[]
  readonly healthcheck: ImageHealthcheck | null
}

/** Durations in nanoseconds as the image has them; 0: not given. */
export type ImageHealthcheck = {
  readonly test: readonly string[]
  readonly intervalNs: number
  readonly timeoutNs: number
  readonly startPeriodNs: number
  readonly startIntervalNs: number
  readonly retries: number
}

export type ImageHistoryItem = {
  readonly created: string | null
  readonly createdBy: string
  readonly comment: string
  readonly author: string
  readonly emptyLayer: boolean
}

/** An image's configuration, checked. Its digest is the image's id. */
export type ImageConfig = {
  readonly architecture: string
  readonly os: string
  readonly variant: string
  readonly created: string | null
  readonly author: string
  /** `sha256:…` of each layer's uncompressed tar, the base first */
  readonly diffIds: readonly string[]
  readonly history: readonly ImageHistoryItem[]
  readonly defaults: ImageDefaults
}
