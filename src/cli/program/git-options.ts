import type { Result } from '../../model/errors.ts'
import { fail, ok } from '../../model/errors.ts'
import { hostRules } from '../../registry/http/hosts.ts'
import { type Address, parseAddress } from '../../source/git/address.ts'
import { parsePath, parseRef } from '../../source/git/names.ts'
import type { GitOptions } from '../context/options.ts'

export type GitWords = {
  readonly git?: string
  readonly ref?: string
  readonly path?: string
  readonly interval?: number
  readonly insecure: readonly string[]
}

const usualIntervalMs = 60_000
const leastIntervalMs = 100

/** `--git`, `--ref`, `--path` and `--interval` as one source; the error never repeats a URL, which may hold a password. */
export function gitOptions({ git, ref, path, interval, insecure }: GitWords): Result<GitOptions, string> {
  const address = parseAddress(git ?? '')
  if (!address.ok) return fail(`--git: ${address.error}`)
  const wanted = parseRef(ref ?? null)
  if (!wanted.ok) return fail(`--ref: ${wanted.error}`)
  const inside = parsePath(path ?? '')
  if (!inside.ok) return fail(`--path: ${inside.error}`)
  const plain = plainFault(address.value, insecure)
  if (plain !== null) return fail(`--git: ${plain}`)
  const intervalMs = interval ?? usualIntervalMs
  if (intervalMs < leastIntervalMs) return fail(`--interval: at least ${leastIntervalMs}ms`)
  return ok({ address: address.value, wanted: wanted.value, path: inside.value, intervalMs })
}

function plainFault({ transport, host }: Address, insecure: readonly string[]): string | null {
  if (transport !== 'http' || host === null) return null
  const rules = hostRules(insecure)
  if (!rules.ok) return rules.error.message
  return rules.value.mayBePlain(host)
    ? null
    : `http:// is neither private nor safe from changes; use https://, or say --insecure ${host}`
}
