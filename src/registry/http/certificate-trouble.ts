import { ourCertificates } from './certificates.ts'

const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])
const words: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: "it is not valid yet: is this host's clock right?",
}

/** Why a host's certificate can't be trusted, and what the user can do about it. */
export function certificateText(code: string, text: string, where: string): string {
  if (!unknownAuthority.has(code)) return `${words[code] ?? text} (${code})`
  const host = URL.canParse(where) ? new URL(where).host : '<host>'
  return `it is signed by an unknown authority (${code}): put its CA into ${ourCertificates}/${host}/ca.crt`
}
