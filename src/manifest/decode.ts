import { fail, ok, type Result } from '../model/errors.ts'

/** The largest manifest file that is read. */
export const maxManifestBytes = 4 * 1024 * 1024

/** Bytes of a file as text without a byte order mark; the error is what to tell people. */
export function decodeText(bytes: Uint8Array | string, maxBytes: number): Result<string, string> {
  const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength
  if (length > maxBytes) return fail(`larger than ${maxBytes / 1024 / 1024} MiB (${length} bytes); split it`)
  if (typeof bytes === 'string') return ok(bytes.replace(/^\uFEFF/, ''))
  const mark = byteOrderMark(bytes)
  if (mark !== null) return fail(`written in ${mark}; save it as UTF-8`)
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fail(`not UTF-8 text: byte ${firstBadByte(bytes) + 1} is invalid; save it as UTF-8`)
  }
}

function byteOrderMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16'
  return null
}

/** Index of the first byte that no UTF-8 text can have there, by bisection over valid prefixes. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.byteLength
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isValidPrefix(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
