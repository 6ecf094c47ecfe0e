import { spawnSync } from 'node:child_process'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

const maxBytes = 1 << 28

/** What was compressed with xz, gzip or zstd; anything else as it is. */
export function unpacked(data: Buffer): Buffer {
  const magic = data.readUInt32BE(0)
  if (magic === 0xfd377a58) return unxz(data)
  if (magic === 0x28b52ffd) return zstdDecompressSync(data, { maxOutputLength: maxBytes })
  return magic >>> 16 === 0x1f8b ? gunzipSync(data, { maxOutputLength: maxBytes }) : data
}

function unxz(data: Buffer): Buffer {
  const done = spawnSync('xz', ['--decompress', '--stdout'], { input: data, maxBuffer: maxBytes })
  if (done.status !== 0) throw new Error(`xz: ${done.stderr?.toString() || done.error?.message}`)
  return done.stdout
}
