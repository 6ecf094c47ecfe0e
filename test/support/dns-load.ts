import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'

export type Load = {
  readonly perSecond: number
  readonly lost: number
  readonly completed: number
  /** of one question */
  readonly meanUs: number
  readonly longestMs: number
}

type Wish = {
  /** whose network namespace is asked from */
  readonly pid: number
  readonly server: string
  /** `web A`, one a line */
  readonly questions: readonly string[]
  readonly seconds: number
  /** missing: as many as go */
  readonly perSecond?: number
}

/** dnsperf for so long; `folder` takes its file of questions. */
export async function askForSeconds(
  folder: string,
  { pid, server, questions, seconds, perSecond }: Wish,
): Promise<Load> {
  const file = `${folder}/questions`
  writeFileSync(file, `${questions.join('\n')}\n`)
  const limit = perSecond === undefined ? [] : ['-Q', `${perSecond}`]
  const words = ['dnsperf', '-s', server, '-d', file, '-l', `${seconds}`, '-c', '8', ...limit]
  const child = spawn('nsenter', ['--net', `--target=${pid}`, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`dnsperf: exit ${code}\n${text}`)
  const figure = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)
  return {
    perSecond: figure(/Queries per second:\s+([\d.]+)/),
    lost: figure(/Queries lost:\s+(\d+)/),
    completed: figure(/Queries completed:\s+(\d+)/),
    meanUs: figure(/Average Latency \(s\):\s+([\d.]+)/) * 1e6,
    longestMs: figure(/Average Latency.*max ([\d.]+)\)/) * 1e3,
  }
}
