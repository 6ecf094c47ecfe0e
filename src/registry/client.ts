import { fail, ok } from '../model/errors.ts'
import type { Result } from '../model/errors.ts'
import type { Descriptor, Platform, Reference, ResolvedImage } from '../model/image.ts'
import { familiarName } from '../model/reference.ts'
import { openAgents } from './http/agents.ts'
import { blob } from './pull/blob.ts'
import type { Resume } from './pull/blob.ts'
import { defaultBounds } from './http/bounds.ts'
import type { Bounds } from './http/bounds.ts'
import type { Context } from './access/context.ts'
import type { CredentialSource } from './access/account.ts'
import { parseMirror } from './access/endpoints.ts'
import { hostRules } from './http/hosts.ts'
import { tellingWho } from './access/denied.ts'
import { knownBlob } from './push/known-blob.ts'
import { pushTrouble } from './pull/trouble.ts'
import { pushBlob } from './push/blob.ts'
import type { BlobSource, Pushed } from './push/blob.ts'
import { pushManifest } from './push/manifest.ts'
import { pushStream } from './push/stream.ts'
import type { Streamed } from './push/stream.ts'
import { currentDigest, resolve } from './pull/resolve.ts'
import { smallBlob } from './pull/small-blob.ts'
import { trouble } from './http/trouble.ts'
import type { Tried } from './http/trouble.ts'

export type RegistryConfig = {
  /** `http(s)://host[:port]`, asked for Docker Hub's images, in this order, before the Hub itself */
  readonly mirrors: readonly string[]
  /** `host`, `host:port`, address or CIDR: TLS unverified, then plain HTTP */
  readonly insecure: readonly string[]
  /** as /etc/docker/certs.d; the first that has the host decides */
  readonly certificateDirectories: readonly string[]
  readonly credentials: CredentialSource
  readonly userAgent: string
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY */
  readonly environment: NodeJS.ProcessEnv
  readonly nowMs: () => number
  readonly bounds: Partial<Bounds>
}

/** A client for registries (distribution's HTTP API v2). Keeps connections and tokens until `close`. */
export type Registry = {
  /** The image that a reference means on a platform: manifest verified, index chosen from. */
  readonly resolve: (reference: Reference, platform: Platform, signal: AbortSignal) => Promise<Tried<ResolvedImage>>
  /** What a tag names now (an index's or a manifest's digest), without downloading it where the registry allows. */
  readonly currentDigest: (reference: Reference, signal: AbortSignal) => Promise<Tried<string>>
  /** A layer's bytes; ends by a TransferError (trouble.ts) unless all of them fit the digest. */
  readonly blob: (
    reference: Reference,
    descriptor: Descriptor,
    resume: Resume | null,
    signal: AbortSignal,
  ) => AsyncGenerator<Uint8Array>
  /** A configuration's bytes, verified. */
  readonly smallBlob: (reference: Reference, descriptor: Descriptor, signal: AbortSignal) => Promise<Tried<Buffer>>
  readonly pushBlob: (reference: Reference, source: BlobSource, signal: AbortSignal) => Promise<Tried<Pushed>>
  /** True when the repository has the blob, or now has it by a mount. */
  readonly knownBlob: (
    reference: Reference,
    blob: { readonly digest: string; readonly mountFrom: readonly string[] },
    signal: AbortSignal,
  ) => Promise<Tried<boolean>>
  readonly pushStream: (
    reference: Reference,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ) => Promise<Tried<Streamed>>
  readonly pushManifest: (
    reference: Reference,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
    signal: AbortSignal,
  ) => Promise<Tried<string>>
  readonly close: () => void
}

/** E_REFERENCE for a mirror or an insecure entry that makes no sense. Nothing is connected yet. */
export function openRegistry(config: RegistryConfig): Result<Registry> {
  const rules = hostRules(config.insecure)
  if (!rules.ok) return rules
  const mirrors: URL[] = []
  for (const text of config.mirrors) {
    const mirror = parseMirror(text)
    if (!mirror.ok) return mirror
    mirrors.push(mirror.value)
  }
  const agents = openAgents(rules.value, config.certificateDirectories, config.environment)
  const context: Context = {
    agentFor: agents.agentFor,
    bounds: { ...defaultBounds, ...config.bounds },
    rules: rules.value,
    mirrors,
    credentials: config.credentials,
    userAgent: config.userAgent,
    nowMs: config.nowMs,
    challenges: new Map(),
    tokens: new Map(),
    tlsHosts: new Set(),
    plainHosts: new Set(),
  }
  return ok(client(context, agents.close))
}

function client(context: Context, close: () => void): Registry {
  return {
    resolve: (reference, platform, signal) => resolve(context, reference, platform, signal),
    currentDigest: (reference, signal) => currentDigest(context, reference, signal),
    blob: (reference, descriptor, resume, signal) => blob(context, { reference, descriptor, resume }, signal),
    smallBlob: (reference, descriptor, signal) => smallBlob(context, reference, descriptor, signal),
    pushBlob: (reference, source, signal) =>
      pushing(context, reference, signal, () => pushBlob(context, reference, source, signal)),
    knownBlob: (reference, blob, signal) =>
      pushing(context, reference, signal, () => knownBlob(context, reference, blob, signal)),
    pushStream: (reference, bytes, signal) =>
      pushing(context, reference, signal, () => pushStream(context, reference, bytes, signal)),
    pushManifest: (reference, manifest, signal) =>
      pushing(context, reference, signal, () => pushManifest(context, reference, manifest, signal)),
    close,
  }
}

async function pushing<T>(
  { credentials }: Context,
  reference: Reference,
  signal: AbortSignal,
  act: () => Promise<Tried<T>>,
): Promise<Tried<T>> {
  if (familiarName(reference) === 'scratch') return fail(trouble('E_REFERENCE', "'scratch' is a reserved name"))
  const pushed = await act()
  if (pushed.ok) return pushed
  return await tellingWho(fail(pushTrouble(pushed.error, reference)), credentials, reference.domain, signal)
}
