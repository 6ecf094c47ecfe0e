import { spawn } from 'node:child_process'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { Credentials } from './account.ts'

const helperMs = 30_000
const answerBytesMax = 256 * 1024
const absent = 'credentials not found in native keychain'

/** Runs `docker-credential-<name> get` (docker-credential-helpers' protocol); null where it has nothing for the key. */
export async function askHelper(
  name: string,
  key: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Result<Credentials | null>> {
  const program = `docker-credential-${name}`
  const refuse = (why: string): Result<never> =>
    fail({ code: 'E_CREDENTIALS', message: `error getting credentials - ${program}: ${why}` })
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) return refuse('not a name of a helper')
  const { code, output, error } = await run(program, key, environment, signal)
  if (error === 'ENOENT') return refuse('executable file not found in $PATH')
  if (error !== null) return refuse(error)
  if (code !== 0) return output.trim() === absent ? ok(null) : refuse(`ended with ${code}`)
  let answer: unknown
  try {
    answer = JSON.parse(output)
  } catch {
    return refuse('its answer is no JSON')
  }
  const { Username: username, Secret: secret } = Object(answer) as {
    readonly Username?: unknown
    readonly Secret?: unknown
  }
  if (typeof username !== 'string' || typeof secret !== 'string') return refuse('its answer has no Username and Secret')
  if (username === '<token>') return ok({ kind: 'identity-token', token: secret })
  return ok(username === '' ? null : { kind: 'password', username, password: secret })
}

type Ran = { readonly code: number | null; readonly output: string; readonly error: string | null }

function run(program: string, input: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const ended = AbortSignal.any([signal, AbortSignal.timeout(helperMs)])
  const child = spawn(program, ['get'], {
    env,
    signal: ended,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const pieces: Buffer[] = []
  let bytes = 0
  const failed = (error: string) => {
    child.stdout.destroy()
    resolve({ code: null, output: '', error })
  }
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes <= answerBytesMax) return void pieces.push(piece)
    child.kill('SIGKILL')
    failed('its answer is too large')
  })
  child.on('error', error => {
    const late = signal.aborted ? 'cancelled' : `no answer within ${helperMs} ms`
    failed(ended.aborted ? late : 'code' in error ? String(error.code) : error.message)
  })
  child.on('close', (code, killedBy) => {
    const error = killedBy === null ? null : `ended by ${killedBy}`
    resolve({ code, output: Buffer.concat(pieces).toString('utf8'), error })
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return promise
}
