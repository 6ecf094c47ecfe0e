import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { packageRoot } from '../package-root.ts'

/** What a process of its own saw at a path. */
export type ForeignSight = {
  readonly path: string
  readonly kind: 'directory' | 'file' | 'other' | 'absent' | 'unknown'
  readonly errno?: number | null
  /** without links; the numbers are decimal */
  readonly real?: string
  readonly dev?: string
  readonly ino?: string
  readonly size?: string
  readonly mtimeNs?: string
  readonly ctimeNs?: string
}

export type Looking = {
  /** all that was answered, at the latest after `limitMs` */
  readonly seen: Promise<readonly ForeignSight[]>
  /** the process has ended, which may be never */
  readonly ended: Promise<void>
}

const program = join(packageRoot, 'build/reconcile-shim')

/**
 * Looks at paths that may never answer. A thread that the kernel holds would keep this process from ending; that process is
 * left to wait, ends with this one where the kernel lets it, and tells by its end that there are answers again.
 */
export function lookFromOutside(paths: readonly string[], limitMs: number): Looking {
  const child = spawn(program, ['look', ...paths], { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (text += chunk))
  child.unref()
  if (child.stdout instanceof Socket) child.stdout.unref()
  const ended = new Promise<void>(resolve => {
    child.on('exit', () => resolve())
    child.on('error', () => resolve())
  })
  const seen = new Promise<readonly ForeignSight[]>(resolve => {
    const finish = () => {
      clearTimeout(timer)
      resolve(linesOf(text))
    }
    const timer = setTimeout(finish, limitMs)
    child.on('error', finish)
    child.stdout.on('close', finish)
  })
  return { seen, ended }
}

/** The last one may be cut off. */
const linesOf = (text: string): ForeignSight[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as ForeignSight)
