import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Result } from '../../src/model/errors.ts'
import type { Descriptor, Platform, Reference } from '../../src/model/image.ts'
import { parseReference } from '../../src/model/reference.ts'
import type { Bounds } from '../../src/registry/http/bounds.ts'
import { openRegistry } from '../../src/registry/client.ts'
import type { Registry, RegistryConfig } from '../../src/registry/client.ts'

export const amd64: Platform = { os: 'linux', architecture: 'amd64', variant: null }
export const never = new AbortController().signal

/** Bounds that a test can wait for. Who tests that a wait is bounded gives that bound: another test's would be broken by a busy machine. */
const quick: Partial<Bounds> = {
  pauseMs: 5,
  attempts: 3,
  retryAfterMs: 200,
}

/** A client that knows nobody and trusts nothing but what `given` says. */
export function client(given: Partial<RegistryConfig> = {}): Registry {
  return value(
    openRegistry({
      mirrors: [],
      insecure: [],
      certificateDirectories: [],
      credentials: async () => ({ ok: true, value: null }),
      userAgent: 'reconcile-test',
      environment: {},
      nowMs: () => performance.now(),
      ...given,
      bounds: { ...quick, ...given.bounds },
    }),
  )
}

export function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.error.code}: ${result.error.message}`)
  return result.value
}

export function refusal<E>(result: Result<unknown, E>): E {
  assert.ok(!result.ok, 'this should have failed')
  return result.error
}

export const reference = (text: string): Reference => value(parseReference(text))

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export const describe = (bytes: Uint8Array, mediaType: string): Descriptor => ({
  mediaType,
  digest: sha256(bytes),
  sizeBytes: bytes.length,
  urls: [],
})

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of bytes) all.push(piece)
  return Buffer.concat(all)
}

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}
