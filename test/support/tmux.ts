import { spawnSync } from 'node:child_process'
import { eventually, type Cleaning } from './lab.ts'

/** A real terminal with a shell in it, driven by keys. */
export type Terminal = {
  /** Names of keys as tmux has them, or text. */
  keys(...keys: string[]): void
  /** Types a line and Enter. */
  line(text: string): void
  resize(columns: number, rows: number): void
  /** without blanks at the ends of lines, and lines at the foot that are empty */
  screen(): string
  /** Resolves once the screen matches; throws with what it shows. */
  shows(pattern: RegExp): Promise<RegExpExecArray>
  /** Ends the terminal as a closed window does. */
  vanish(): void
}

export function openTerminal(t: Cleaning, name: string, columns: number, rows: number): Terminal {
  const tmux = (...args: string[]) =>
    spawnSync('tmux', ['-L', name, '-f', '/dev/null', ...args], { encoding: 'utf8', timeout: 10_000 })
  const vanish = () => void tmux('kill-server')
  t.after(vanish)
  const shell = "env PS1='host> ' bash --norc --noprofile"
  const opened = tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, shell)
  if (opened.status !== 0) throw new Error(`tmux: ${opened.stderr}${opened.error?.message ?? ''}`)
  const keys = (...names: string[]) => void tmux('send-keys', ...names)
  const screen = () => tmux('capture-pane', '-p').stdout.replaceAll(/ +$/gm, '').trimEnd()
  return {
    keys,
    line: text => {
      tmux('send-keys', '-l', text)
      keys('Enter')
    },
    resize: (width, height) => void tmux('resize-window', '-x', `${width}`, '-y', `${height}`),
    screen,
    shows: async pattern => {
      let text = ''
      const seen = () => pattern.test((text = screen()))
      await eventually(seen, 15_000, () => `no ${pattern} on the screen:\n${text}`)
      return pattern.exec(text) as RegExpExecArray
    },
    vanish,
  }
}

/**
 * A line that runs a command whose pid it shows as `caller=PID`, and once that is gone waits for the terminal to be `as it was`. By
 * shells without job control: bash itself mends what a killed job has left.
 */
export const killedCaller = (command: string): string =>
  `clear; sh -c "sh -c 'echo caller=\\$\\$; exec ${command.replaceAll("'", "'\\''")}'; until stty -a | grep -q ' icanon'; do sleep 0.1; done; echo as it was"`
