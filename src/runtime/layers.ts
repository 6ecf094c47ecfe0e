import { Socket } from 'node:net'
import { Readable, Writable } from 'node:stream'
import type { Result } from '../model/errors.ts'
import { fail } from '../model/errors.ts'
import type { Operations } from './operations.ts'

export type UnpackRequest = {
  /** An empty directory: filled, or, after a failure, removed with all that it holds. Absolute, as the other paths. */
  readonly dir: string
  /** `tar-split.json.gz`: has this name once the layer is whole and verified. Another file of that name is replaced. */
  readonly tarSplit: string
  /**
   * Keeps the compressed bytes. What the file holds already is the beginning of the blob: only the rest is to be written to
   * the sink. After a failure it stays only if the blob ended early (E_GONE), so that a later try can go on.
   */
  readonly saveBlob: string | null
  /** The manifest's, held against the first bytes; null: those alone decide. */
  readonly mediaType: string | null
  /** A bound for the unpacked stream, and for all files made of it. */
  readonly maxBytes: number
  /** Null is not checked. E_DIGEST: the bytes are others. */
  readonly expect: {
    readonly blobDigest: string | null
    readonly blobBytes: number | null
    readonly diffId: string | null
  }
  /**
   * `dir` becomes all that an image shows: the layer, and of the tree `below` what the layer doesn't hide. Null or absent:
   * what it hides is marked for an overlay.
   */
  readonly whole?: { readonly below: string | null } | null
}

export type Unpacked = {
  readonly blobDigest: string
  readonly blobBytes: number
  readonly diffId: string
  /** Of the unpacked stream. */
  readonly diffBytes: number
  /** What layerdb calls `size`. */
  readonly sizeBytes: number
  readonly entries: number
  /** What this file system can't take, at most 16. */
  readonly warnings: readonly string[]
}

/**
 * Write the blob to `sink` and end it; destroy it to give up. It fails with EPIPE when the core has seen enough: the reason is
 * in `done`, which never rejects.
 */
export type Unpacking = { readonly sink: Writable; readonly done: Promise<Result<Unpacked>> }

export type AssembleRequest = { readonly dir: string; readonly tarSplit: string; readonly diffId: string }

/** The layer's tar stream. It is right only if `done` is: E_DIGEST or E_LAYER when a file has changed. */
export type Assembling = { readonly stream: Readable; readonly done: Promise<Result<{ readonly diffBytes: number }>> }

/** What an image has at a volume's target, for an empty volume. All paths absolute. */
export type CopyUpRequest = {
  /** topmost first; none: only what a crash left is finished */
  readonly lowers: readonly string[]
  /** in the image, whose links are followed inside it; E_SPEC: no directory */
  readonly path: string
  /** Filled if it is empty. */
  readonly target: string
  /** On the target's file system, the same for all copies into it. Made, and gone at the end; the next one finishes what a crash leaves. */
  readonly staging: string
}

/** `copied` false: the volume wasn't empty, or the image has nothing there. */
export type Copied = {
  readonly copied: boolean
  readonly entries: number
  readonly bytes: number
  /** What this file system can't take, at most 16. */
  readonly warnings: readonly string[]
}

/** `into` is a directory; what it has already hides what `from` has there. Absolute paths. A failure leaves a part. */
export type CopyTreeRequest = { readonly from: string; readonly into: string }

/** 32 GiB: a layer beyond it is taken for a bomb. */
export const maxLayerBytes = 32 * 1024 ** 3

export function unpackLayer(submitted: Operations, request: UnpackRequest): Unpacking {
  const begun = submitted.beginWith<Unpacked>({ op: 'unpack', ...request })
  if (!begun.ok) return { sink: closedSink(), done: Promise.resolve(fail(begun.error)) }
  return { sink: pipeEnd(begun.value.reply.writeFd, 'write'), done: begun.value.done }
}

export function assembleLayer(submitted: Operations, request: AssembleRequest): Assembling {
  const begun = submitted.beginWith<{ diffBytes: number }>({ op: 'assemble', ...request })
  if (!begun.ok) return { stream: closedStream(), done: Promise.resolve(fail(begun.error)) }
  return { stream: pipeEnd(begun.value.reply.readFd, 'read'), done: begun.value.done }
}

function pipeEnd(fd: number | undefined, use: 'read' | 'write'): Socket {
  if (fd === undefined) throw new Error('the core made no pipe for a layer')
  const socket = new Socket({ fd, readable: use === 'read', writable: use === 'write' })
  // Who writes hears of an early end by the failed write; without a listener it would end the program.
  socket.on('error', () => {})
  return socket
}

function closedSink(): Writable {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the layer was refused')) })
  sink.on('error', () => {})
  return sink
}

function closedStream(): Readable {
  return Readable.from([])
}
