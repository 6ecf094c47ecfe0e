import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import { trouble } from './trouble.ts'
import type { Tried } from './trouble.ts'

/** PEM texts for one host: CAs that it is trusted by besides the system's, and the client's own certificate. */
export type HostCertificates = {
  readonly authorities: readonly string[]
  readonly client: { readonly certificate: string; readonly key: string } | null
}

/** where ours lie; Docker's are read too */
export const ourCertificates = '/etc/reconcile/certs.d'

const noCertificates: HostCertificates = { authorities: [], client: null }

/**
 * Reads `<directory>/<host[:port]>/{*.crt,*.cert,*.key}` as Docker's engine does: every `.crt` is a CA, `x.cert` with
 * `x.key` the client's certificate. The first directory that has the host decides.
 */
export function hostCertificates(directories: readonly string[], host: string): Tried<HostCertificates> {
  for (const directory of directories.flatMap(base => namesOf(host).map(name => join(base, name)))) {
    try {
      return readDirectory(directory, readdirSync(directory))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (code === 'ENOENT' || code === 'ENOTDIR') continue
      const why = error instanceof Error ? error.message : String(error)
      return fail(trouble('E_IO', `certificates for ${host}: ${why}`, { errno: code, path: directory }))
    }
  }
  return ok(noCertificates)
}

const namesOf = (host: string): readonly string[] => (/:\d+$/.test(host) ? [host] : [host, `${host}:443`])

function readDirectory(directory: string, names: readonly string[]): Tried<HostCertificates> {
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  const authorities = names.filter(name => name.endsWith('.crt')).map(read)
  const certificate = names.filter(name => name.endsWith('.cert')).sort()[0]
  const lonely = names.find(name => name.endsWith('.key') && !names.includes(name.replace(/key$/, 'cert')))
  if (lonely !== undefined)
    return refuse(directory, `missing client certificate ${lonely.replace(/key$/, 'cert')} for key ${lonely}`)
  if (certificate === undefined) return ok({ authorities, client: null })
  const key = certificate.replace(/cert$/, 'key')
  if (!names.includes(key)) {
    return refuse(
      directory,
      `missing key ${key} for client certificate ${certificate}: CA certificates must use the extension .crt`,
    )
  }
  return ok({ authorities, client: { certificate: read(certificate), key: read(key) } })
}

const refuse = (directory: string, message: string): Tried<never> =>
  fail(trouble('E_REGISTRY_UNREACHABLE', `${directory}: ${message}`, { path: directory }))
