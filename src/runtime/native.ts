import { DataType, define, open } from 'ffi-rs'
import type { Result } from '../model/errors.ts'

/**
 * The C ABI of librc.so. Synchronous calls with Buffers only: ffi-rs leaks or crashes with strings, structs, callbacks and
 * threads. Long work is submitted, its end comes with the events.
 */
export type Native = {
  open(config: unknown): Result<unknown>
  submit(handle: number, request: unknown): Result<unknown>
  call(handle: number, request: unknown): Result<unknown>
  /** Takes all waiting records. */
  events(handle: number): readonly unknown[]
  close(handle: number): void
}

const abiMajor = 1
const abiMinor = 21
/** What the loaded library speaks at least. */
export const abiVersion = `${abiMajor}.${abiMinor}`
const firstBufferBytes = 64 * 1024
/** Below it: -(1<<30) - n, the output must hold n bytes and nothing was done. */
const tooSmall = -(1 << 30)

const library = 'rc'
const { I32, U8Array } = DataType
type Shape = { readonly library: string; readonly retType: DataType.I32; readonly paramsType: DataType[] }
const shape = (...paramsType: DataType[]): Shape => ({ library, retType: I32, paramsType })

/** Loads the library once a process; refuses one of another ABI. Throws when there is none. */
export function loadNative(libraryPath: string): Native {
  open({ library, path: libraryPath })
  const abi = define({
    rc_abi: shape(),
    rc_open: shape(U8Array, I32, U8Array, I32),
    rc_submit: shape(I32, U8Array, I32, U8Array, I32),
    rc_call: shape(I32, U8Array, I32, U8Array, I32),
    rc_events: shape(I32, U8Array, I32),
    rc_close: shape(I32),
  })
  checkAbi(abi.rc_abi([]), libraryPath)
  return typed({
    open: (request, out) => abi.rc_open([request, request.length, out, out.length]),
    submit: (handle, request, out) => abi.rc_submit([handle, request, request.length, out, out.length]),
    call: (handle, request, out) => abi.rc_call([handle, request, request.length, out, out.length]),
    events: (handle, out) => abi.rc_events([handle, out, out.length]),
    close: handle => abi.rc_close([handle]),
  })
}

function checkAbi(version: number, libraryPath: string): void {
  const [major, minor] = [version >> 16, version & 0xffff]
  if (major === abiMajor && minor >= abiMinor) return
  throw new Error(
    `${libraryPath} speaks version ${major}.${minor} of the core's interface, ${abiMajor}.${abiMinor} is needed; run \`npm run build\``,
  )
}

type Raw = {
  open(request: Buffer, out: Buffer): number
  submit(handle: number, request: Buffer, out: Buffer): number
  call(handle: number, request: Buffer, out: Buffer): number
  events(handle: number, out: Buffer): number
  close(handle: number): number
}

function typed(raw: Raw): Native {
  let out = Buffer.alloc(firstBufferBytes)
  const answer = (fill: (out: Buffer) => number): unknown => {
    let written = fill(out)
    if (written <= tooSmall) {
      out = Buffer.alloc(2 * (tooSmall - written))
      written = fill(out)
    }
    if (written < 0) throw new Error(`the core answered errno ${-written}`)
    return JSON.parse(out.toString('utf8', 0, written))
  }
  const encode = (request: unknown) => Buffer.from(JSON.stringify(request))
  return {
    open: config => answer(out => raw.open(encode(config), out)) as Result<unknown>,
    submit: (handle, request) => answer(out => raw.submit(handle, encode(request), out)) as Result<unknown>,
    call: (handle, request) => answer(out => raw.call(handle, encode(request), out)) as Result<unknown>,
    events: handle => answer(out => raw.events(handle, out)) as readonly unknown[],
    close: handle => void raw.close(handle),
  }
}
