/** What a list of images tells of one. */
export type ImageRow = {
  readonly imageId: string
  /** familiar, with their tag */
  readonly tags: readonly string[]
  /** `name@sha256:…` */
  readonly digests: readonly string[]
  /** as the image says it, RFC 3339; empty where it says nothing */
  readonly created: string
  readonly architecture: string
  readonly os: string
  /** of all layers, also those that other images share */
  readonly sizeBytes: number
  readonly layers: number
}

export type ImageLayerRow = {
  readonly diffId: string
  readonly chainId: string
  /** of its files */
  readonly sizeBytes: number
  /** the compressed bytes as a registry has them, where that is known */
  readonly blob: {
    readonly digest: string
    readonly sizeBytes: number | null
    readonly mediaType: string | null
  } | null
}
