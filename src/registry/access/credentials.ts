import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { CredentialSource, Credentials } from './account.ts'
import { askHelper } from './credential-helper.ts'

const configBytesMax = 4 * 1024 * 1024
const hubKey = 'https://index.docker.io/v1/'

type Table = Readonly<Record<string, unknown>>

/**
 * What `docker login` left in `$DOCKER_CONFIG/config.json` (else `$HOME/.docker/config.json`): credHelpers for the
 * host, then credsStore, then auths. The file is read at each question, so that a login takes effect at once.
 */
export function dockerCredentials(environment: NodeJS.ProcessEnv): CredentialSource {
  return async (domain, signal) => {
    const config = readConfig(environment)
    if (!config.ok) return config
    if (config.value === null) return ok(null)
    const key = domain === 'docker.io' ? hubKey : domain
    const helper = text(table(config.value['credHelpers'])[key]) ?? text(table(config.value['credHelpers'])[domain])
    const store = helper ?? text(config.value['credsStore'])
    if (store !== null && store !== '') {
      const told = await askHelper(store, key, environment, signal)
      if (!told.ok || told.value !== null || helper !== null) return told
    }
    return fromAuths(table(config.value['auths']), key)
  }
}

function readConfig(environment: NodeJS.ProcessEnv): Result<Table | null> {
  const { DOCKER_CONFIG: named, HOME: home } = environment
  const directory = named ? named : home ? join(home, '.docker') : null
  if (directory === null) return ok(null)
  const path = join(directory, 'config.json')
  const refuse = (why: string) => fail({ code: 'E_CREDENTIALS' as const, message: `${path}: ${why}`, path })
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return code === 'ENOENT' || code === 'ENOTDIR' ? ok(null) : refuse(`cannot be read (${code})`)
  }
  if (content.length > configBytesMax) return refuse('too large')
  try {
    return ok(table(JSON.parse(content)))
  } catch {
    return refuse('is no JSON')
  }
}

function fromAuths(auths: Table, key: string): Result<Credentials | null> {
  const exact = Object.hasOwn(auths, key) ? key : Object.keys(auths).find(name => hostOf(name) === hostOf(key))
  if (exact === undefined) return ok(null)
  const entry = table(auths[exact])
  const identity = text(entry['identitytoken'])
  if (identity) return ok({ kind: 'identity-token', token: identity })
  const registry = text(entry['registrytoken'])
  if (registry) return ok({ kind: 'registry-token', token: registry })
  const packed = text(entry['auth'])
  if (!packed) return ok(pair(text(entry['username']), text(entry['password'])))
  const plain = Buffer.from(packed, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = plain.indexOf(':')
  if (colon < 1) return fail({ code: 'E_CREDENTIALS', message: `invalid auth configuration for ${exact}` })
  return ok(pair(plain.slice(0, colon), plain.slice(colon + 1)))
}

const pair = (username: string | null, password: string | null): Credentials | null =>
  username ? { kind: 'password', username, password: password ?? '' } : null

/** Old entries have a scheme and a path: `https://host/v1/` means `host`. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? ''

const table = (value: unknown): Table => (typeof value === 'object' && value !== null ? (value as Table) : {})
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
