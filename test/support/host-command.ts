import { spawnSync } from 'node:child_process'

/** Runs a command of the host; gives its output, and throws with what it said when it fails. */
export function hostCommand(binary: string, ...args: string[]): string {
  const result = spawnSync(binary, args, { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26 })
  if (result.status === 0) return result.stdout
  throw new Error(`${binary} ${args.join(' ')}: ${result.stdout}${result.stderr}${result.error?.message ?? ''}`)
}
