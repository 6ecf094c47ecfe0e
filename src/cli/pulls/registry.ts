import { fail } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { ourCertificates } from '../../registry/http/certificates.ts'
import { openRegistry } from '../../registry/client.ts'
import type { Registry } from '../../registry/client.ts'
import { dockerCredentials } from '../../registry/access/credentials.ts'
import type { Refused } from '../context/context.ts'
import { exitCodes } from '../context/context.ts'
import type { GlobalOptions } from '../context/options.ts'

/** A client for registries as the flags, the certificates' directories and `docker login` say. */
export function openRegistries({ insecure, mirrors }: GlobalOptions): Result<Registry, Refused> {
  const registry = openRegistry({
    mirrors,
    insecure,
    certificateDirectories: [ourCertificates, '/etc/docker/certs.d'],
    credentials: dockerCredentials(process.env),
    userAgent: 'reconcile',
    environment: process.env,
    nowMs: () => Date.now(),
    bounds: {},
  })
  return registry.ok ? registry : fail({ exit: exitCodes.usage, message: registry.error.message })
}
