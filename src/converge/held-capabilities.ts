import { readFileSync } from 'node:fs'

/** The capabilities that this process can hand on (`CapPrm` of proc_pid_status(5)); all when nobody can tell. */
export function readHeldCapabilities(procRoot: string): bigint {
  const everything = (1n << 64n) - 1n
  try {
    const match = /^CapPrm:\s*([0-9a-f]+)$/m.exec(readFileSync(`${procRoot}/self/status`, 'utf8'))
    return match?.[1] === undefined ? everything : BigInt(`0x${match[1]}`)
  } catch {
    return everything
  }
}
