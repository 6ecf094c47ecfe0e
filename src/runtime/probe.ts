import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { HealthCheck } from '../model/health.ts'
import { packageRoot } from '../package-root.ts'

/** `void`: it says nothing of the container's health, which has ended, is paused or is being probed by somebody else. */
export type ProbeAnswer =
  | { readonly is: 'ended'; readonly code: number; readonly output: string }
  | { readonly is: 'timeout'; readonly output: string }
  | { readonly is: 'failed'; readonly message: string }
  | { readonly is: 'void'; readonly message: string }

const program = join(packageRoot, 'build/reconcile-shim')
/** The program ends by itself when the time is over; only where the kernel holds it this is needed. */
const patienceMs = 15_000
const mostAnswerBytes = 64 * 1024

/**
 * One probe, by a process of its own, which ends, and all that it has begun with it, when its time is over, `signal` aborts or this process
 * ends. Never rejects.
 */
export function runProbe(runDir: string, check: HealthCheck, signal: AbortSignal): Promise<ProbeAnswer> {
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>()
  const args = ['probe', runDir, `${Math.ceil(check.timeoutMs)}`, ...wordsOf(check)]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/', env: {} })
  for (const end of [child.stdin, child.stdout]) if (end instanceof Socket) end.unref()
  child.unref()
  let text = ''
  const asker = () => child.stdin.destroy()
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    end({ is: 'timeout', output: '' })
  }, check.timeoutMs + patienceMs)
  timer.unref()
  const end = (answer: ProbeAnswer) => {
    clearTimeout(timer)
    signal.removeEventListener('abort', asker)
    asker()
    resolve(answer)
  }
  signal.addEventListener('abort', asker, { once: true })
  child.stdin.on('error', () => {})
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < mostAnswerBytes) text += chunk
  })
  child.on('error', error => end({ is: 'failed', message: error.message }))
  child.on('close', () => end(answerOf(text)))
  return promise
}

function wordsOf({ probe, shell }: HealthCheck): readonly string[] {
  if (probe.kind === 'tcp') return ['tcp', probe.host, `${probe.port}`]
  if (probe.kind === 'http') return ['http', probe.host, `${probe.port}`, probe.path]
  const [form, ...words] = probe.test
  return ['run', ...(form === 'CMD-SHELL' ? shell : []), ...words]
}

function answerOf(text: string): ProbeAnswer {
  try {
    return JSON.parse(text) as ProbeAnswer
  } catch {
    // somebody killed it
    return { is: 'void', message: 'the probe ended without an answer' }
  }
}
