import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { fail, ok } from '../../model/errors.ts'
import { hostCertificates } from './certificates.ts'
import type { HostCertificates } from './certificates.ts'
import { isLoopback } from './hosts.ts'
import type { HostRules } from './hosts.ts'
import { trouble } from './trouble.ts'
import type { Tried } from './trouble.ts'

type Agents = {
  readonly agentFor: (url: URL) => Tried<PlainAgent>
  readonly close: () => void
}

/** Kept connections by host. The one place that decides whether plain HTTP or unverified TLS may be spoken to a host. */
export function openAgents(
  rules: HostRules,
  certificateDirectories: readonly string[],
  environment: NodeJS.ProcessEnv,
): Agents {
  const agents = new Map<string, PlainAgent>()
  const agentFor = (url: URL): Tried<PlainAgent> => {
    const kept = agents.get(url.origin)
    if (kept !== undefined) return ok(kept)
    const made = url.protocol === 'https:' ? tlsAgent(url.host) : plainAgent(url.host)
    if (made.ok) agents.set(url.origin, made.value)
    return made
  }
  // Go's rule: this machine is never asked by way of a proxy.
  const common = (host: string) => ({
    keepAlive: true,
    maxSockets: 8,
    ...(isLoopback(host) ? {} : { proxyEnv: environment }),
  })
  const plainAgent = (host: string): Tried<PlainAgent> => {
    if (rules.mayBePlain(host)) return ok(new PlainAgent(common(host)))
    return fail(
      trouble('E_REGISTRY_UNREACHABLE', `http://${host}: plain HTTP is only for this machine and hosts named insecure`),
    )
  }
  const tlsAgent = (host: string): Tried<PlainAgent> => {
    const certificates = hostCertificates(certificateDirectories, host)
    if (!certificates.ok) return certificates
    const context = secureContext(host, certificates.value)
    if (!context.ok) return context
    return ok(
      new TlsAgent({ ...common(host), secureContext: context.value, rejectUnauthorized: !rules.isInsecure(host) }),
    )
  }
  return {
    agentFor,
    close: () => {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}

/** Made once a host: to read the system's certificates for each connection would take longer than most requests. */
function secureContext(host: string, { authorities, client }: HostCertificates): Tried<SecureContext> {
  try {
    return ok(
      createSecureContext({
        ca: [...getCACertificates('default'), ...getCACertificates('system'), ...authorities],
        ...(client === null ? {} : { cert: client.certificate, key: client.key }),
        minVersion: 'TLSv1.2',
      }),
    )
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return fail(trouble('E_REGISTRY_UNREACHABLE', `certificates for ${host}: ${why}`))
  }
}
