/** Which repository, and which of its images. Without tag and digest a reference means every tag; the parser adds `latest`. */
export type Reference = {
  /** `docker.io`, `host`, `host:port`, `[::1]:port` */
  readonly domain: string
  /** `library/busybox`: never empty, without the domain */
  readonly path: string
  readonly tag: string | null
  /** `sha256:<hex>`; decides over the tag */
  readonly digest: string | null
}

export type Platform = {
  readonly os: string
  readonly architecture: string
  /** `v7` and the like, null for the architecture's base */
  readonly variant: string | null
}

/** Bytes that a manifest names: verified by digest and size before anybody may believe them. */
export type Descriptor = {
  readonly mediaType: string
  readonly digest: string
  readonly sizeBytes: number
  /** where a foreign layer lies; empty for all others */
  readonly urls: readonly string[]
}

/** What a reference means on one platform. All bytes are verified against their digests. */
export type ResolvedImage = {
  readonly manifestDigest: string
  readonly manifestMediaType: string
  readonly manifestBytes: Uint8Array
  readonly config: Descriptor
  /** lowest first */
  readonly layers: readonly Descriptor[]
  /** the digest that the tag names where it names an index; RepoDigests hold this one, or else the manifest's */
  readonly indexDigest: string | null
}
