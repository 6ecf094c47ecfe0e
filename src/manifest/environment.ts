import { posix } from 'node:path'
import type { Result } from '../model/errors.ts'
import { decodeText } from './decode.ts'
import { besidePath } from './paths.ts'
import type { Report } from './report.ts'
import { quote } from './text.ts'

/** Reads a file that a manifest names; the error says why not (`no such file`), without the path. */
export type ReadFile = (absolutePath: string) => Result<Uint8Array | string, string>

export const maxEnvFileBytes = 1024 * 1024

type Environment = {
  readonly env: Readonly<Record<string, string>> | undefined
  readonly envFiles: readonly string[] | undefined
}

/** Env files in their order, then env; a later value of a name replaces an earlier one. */
export function resolveEnv(
  { env, envFiles }: Environment,
  directory: string,
  readFile: ReadFile,
  report: Report,
): Record<string, string> {
  const merged = new Map<string, string>()
  for (const [index, file] of (envFiles ?? []).entries()) {
    const where = ['spec', 'envFiles', index]
    const path = besidePath(file, directory)
    if ('fault' in path) {
      report(where, `spec.envFiles.${index}: ${path.fault}`)
      continue
    }
    for (const [name, value] of readEnvFile(path.path, readFile, message =>
      report(where, `env file ${quote(file)}${message}`),
    )) {
      merged.set(name, value)
    }
  }
  for (const [name, value] of Object.entries(env ?? {})) {
    const fault = nameFault(name)
    if (fault !== null) report(['spec', 'env', name], `spec.env: ${fault}`, 'key')
    merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

/** Lines `NAME=value` as in Docker's --env-file: `#` begins a comment line, quotes are part of the value. */
function readEnvFile(path: string, readFile: ReadFile, fault: (message: string) => void): [string, string][] {
  const bytes = readFile(path)
  if (!bytes.ok) {
    fault(` (${path}): ${bytes.error}`)
    return []
  }
  const text = decodeText(bytes.value, maxEnvFileBytes)
  if (!text.ok) {
    fault(` (${path}) is ${text.error}`)
    return []
  }
  const variables: [string, string][] = []
  for (const [index, raw] of text.value.split('\n').entries()) {
    const line = raw.replace(/\r$/, '').trimStart()
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = equals < 0 ? line : line.slice(0, equals)
    const wrong = equals < 0 ? `${quote(line)} has no "="` : nameFault(name)
    if (wrong === null && !line.includes('\0')) variables.push([name, line.slice(equals + 1)])
    else {
      fault(`, line ${index + 1} of ${posix.basename(path)}: ${wrong ?? 'a text with a NUL character'}`)
      return []
    }
  }
  return variables
}

function nameFault(name: string): string | null {
  if (name === '' || name === '__proto__') return `${quote(name)} can't be a variable's name`
  if (/[=\s]/.test(name)) return `${quote(name)} can't be a variable's name: it has a blank or "=" in it`
  return null
}
