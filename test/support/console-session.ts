import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** One `$ command` of a console block and the lines that the page says it prints. */
export type Exchange = { readonly command: string; readonly expected: readonly string[] }
export type Played = Exchange & { readonly printed: readonly string[] }

/** The exchanges of every ```console block of a Markdown page, in order. */
export function consoleExchanges(markdown: string): Exchange[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(match => match[1] ?? '')
  return blocks.flatMap(block => block.split(/^\$ /m).slice(1).map(parseExchange))
}

function parseExchange(text: string): Exchange {
  const [command = '', ...rest] = text.replace(/\n$/, '').split('\n')
  return { command, expected: rest }
}

/**
 * Plays the exchanges in one shell, so that variables, `$!` and background jobs are as a person has them, without
 * `sudo`: the caller is root already. Every command has `limitMs`.
 */
export async function play(
  exchanges: readonly Exchange[],
  cwd: string,
  limitMs: number,
  onPlayed: (played: Played) => void,
): Promise<Played[]> {
  const shell = spawn('bash', ['--noprofile', '--norc'], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  const transcript = collect(shell)
  shell.stdin?.write('exec 2>&1\n')
  const played: Played[] = []
  try {
    for (const [index, exchange] of exchanges.entries()) {
      const marker = `--8<-- ${index} --`
      shell.stdin?.write(`${withoutSudo(exchange.command)}\necho '${marker}'\n`)
      const before = await transcript.until(marker, limitMs, exchange.command)
      // what runs in the background may take longer than the page's pause on a busy host
      const isBackground = / & /.test(exchange.command)
      const late = isBackground ? await transcript.lines(exchange.expected.length - before.length, limitMs) : []
      const printed = [...before, ...late]
      played.push({ ...exchange, printed })
      onPlayed({ ...exchange, printed })
    }
  } finally {
    shell.stdin?.end()
    if (shell.exitCode === null && shell.signalCode === null) {
      const ended = once(shell, 'exit')
      const timer = setTimeout(() => shell.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
    }
  }
  return played
}

/** `sudo` as a function would hide the pid of what runs in the background from `$!`. */
const withoutSudo = (command: string) => command.replace(/(^|[;|(&] *)sudo /g, '$1')

function collect(shell: ChildProcess) {
  let text = ''
  let wake = () => {}
  const add = (chunk: Buffer) => {
    text += chunk.toString('utf8')
    wake()
  }
  shell.stdout?.on('data', add)
  shell.stderr?.on('data', add)
  const soon = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  return {
    until: async (marker: string, limitMs: number, command: string): Promise<string[]> => {
      const deadline = performance.now() + limitMs
      while (!text.includes(`${marker}\n`)) {
        const left = deadline - performance.now()
        if (left <= 0 || shell.exitCode !== null)
          throw new Error(`no end of "${command}" within ${limitMs} ms; so far:\n${text}`)
        await soon(left)
      }
      const at = text.indexOf(`${marker}\n`)
      const before = text.slice(0, at)
      text = text.slice(at + marker.length + 1)
      return linesOf(before)
    },
    /** So many more whole lines, or those that have come when the time is over. */
    lines: async (count: number, limitMs: number): Promise<string[]> => {
      if (count <= 0) return []
      const deadline = performance.now() + limitMs
      while (linesOf(text).length < count && deadline > performance.now()) await soon(deadline - performance.now())
      const end = text.lastIndexOf('\n') + 1
      const lines = linesOf(text.slice(0, end))
      text = text.slice(end)
      return lines
    },
  }
}

/** Job notices of an interactive shell don't appear here; those of `kill` do. */
const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line, i, all) => i < all.length - 1 || line !== '')
    .filter(line => !isJobNotice(line))

const isJobNotice = (line: string) => /^bash: line \d+:\s+\d+ (Killed|Terminated)/.test(line)

const placeholders: Readonly<Record<string, string>> = {
  '<id>': '[0-9a-f]{12}',
  '<pid>': '\\d+',
  '<t>': '(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+',
  '<n>': '\\d+(?:\\.\\d+)?',
  '<time>': '[0-9T:. Z-]+',
  '<version>': '\\S+',
  '<digest>': 'sha256:[0-9a-f]{64}',
}

/** Whether a printed line is the expected one; placeholders vary, and so does the padding around them. */
export function lineMatches(expected: string, printed: string): boolean {
  const varies = /<(?:id|pid|t|n|time|version|digest)>/.test(expected)
  const pattern = expected
    .split(/(<(?:id|pid|t|n|time|version|digest)>)/)
    .map(part => placeholders[part] ?? escapeLiteral(part, varies))
    .join('')
  return new RegExp(`^${pattern}\\s*$`).test(printed)
}

const escapeLiteral = (text: string, loose: boolean) => {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return loose ? escaped.replace(/ {2,}/g, ' +') : escaped
}

/** The exchanges whose output differs, each as a readable text; a table's heading is compared with any padding. */
export function differences(played: readonly Played[]): string[] {
  return played
    .filter(exchange => !sameLines(exchange))
    .map(exchange => {
      return `$ ${exchange.command}\nexpected:\n${exchange.expected.join('\n')}\nprinted:\n${exchange.printed.join('\n')}\n`
    })
}

const isHeading = (line: string) => /^[A-Z]+( {2,}[A-Z]+)+\s*$/.test(line)
const squeeze = (line: string) => line.trimEnd().replace(/ {2,}/g, '  ')

function sameLines({ expected, printed }: Played): boolean {
  if (expected.length !== printed.length) return false
  return expected.every((line, i) => {
    const actual = printed[i] ?? ''
    return isHeading(line) ? squeeze(line) === squeeze(actual) : lineMatches(line, actual)
  })
}
