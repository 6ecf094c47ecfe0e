import { certificateText } from './certificate-trouble.ts'
import { transferFailure, trouble } from './trouble.ts'
import type { Trouble } from './trouble.ts'

const certificateCodes = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/
const unreachableCodes = /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|E_CONNECT)/
const notTlsCodes = /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/
const plainWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'temporary failure in name resolution',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EPIPE: 'broken pipe',
}

/** What went wrong below HTTP, in words, with what the user can do about it; a TransferError's own failure as it is. */
export function networkTrouble(error: unknown, where: string): Trouble {
  const known = transferFailure(error)
  if (known !== null) return known
  const code = codeOf(error)
  if (code === 'ABORT_ERR') return trouble('E_CANCELLED', 'cancelled')
  const text = error instanceof Error ? error.message : String(error)
  if (certificateCodes.test(code)) {
    const message = `${where}: tls: failed to verify certificate: ${certificateText(code, text, where)}`
    return trouble('E_REGISTRY_UNREACHABLE', message, { unreachable: true, tls: 'untrusted', errno: code })
  }
  if (notTlsCodes.test(code) && where.startsWith('https:')) {
    const message = `${where}: http: server gave HTTP response to HTTPS client (${code})`
    return trouble('E_REGISTRY_UNREACHABLE', message, { unreachable: true, tls: 'absent', errno: code })
  }
  if (code === 'HPE_HEADER_OVERFLOW')
    return trouble('E_REGISTRY_ANSWER', `${where}: the answer's headers are too large`)
  if (code.startsWith('HPE_')) return trouble('E_REGISTRY_ANSWER', `${where}: malformed HTTP answer (${code})`)
  const words = plainWords[code] ?? (text === '' ? 'connection failed' : text)
  return trouble('E_REGISTRY_UNREACHABLE', `${where}: ${words}${code === '' ? '' : ` (${code})`}`, {
    again: true,
    unreachable: unreachableCodes.test(code),
    errno: code,
  })
}

/** An address that is tried in several families fails with an AggregateError: its first member tells why. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error.name === 'AbortError') return 'ABORT_ERR'
  return error instanceof AggregateError ? codeOf(error.errors[0]) : ''
}
