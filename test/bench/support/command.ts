import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const limitMs = 120_000

export const reconcile = `${process.cwd()}/bin/reconcile`

/** Runs a command of the host; throws with what it said when it fails. */
export function command(binary: string, ...args: readonly string[]): string {
  const ran = spawnSync(binary, args, { encoding: 'utf8', timeout: limitMs, maxBuffer: 1 << 26 })
  if (ran.status === 0) return ran.stdout
  throw new Error(`${binary} ${args.join(' ')}: ${ran.stdout}${ran.stderr}${ran.error?.message ?? ''}`)
}

/** `cpuMs`: what it and its children took of the processors, which other work on the machine makes no longer. */
export type Took = { readonly ms: number; readonly cpuMs: number }

/** The same while this process does other things. */
export async function timed(binary: string, args: readonly string[]): Promise<Took> {
  const begun = performance.now()
  const child = spawn('sh', ['-c', '"$@"; code=$?; times >&3; exit $code', 'sh', binary, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  const texts = { said: '', times: '' }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (texts.said += chunk))
  child.stdio[3]?.on('data', chunk => (texts.times += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${binary} ${args.join(' ')}: ${texts.said}`)
  return { ms: performance.now() - begun, cpuMs: childrenMs(texts.times) }
}

/** The second line of the shell's `times`: `0m1.520s 0m0.310s`. */
function childrenMs(text: string): number {
  const times = [...(text.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0)
}

const tickMs = 10

/** What running processes and their dead children took until now. */
export const cpuMsOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return sum + fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) * tickMs
  }, 0)
