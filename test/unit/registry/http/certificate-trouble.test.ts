import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateText } from '../../../../src/registry/http/certificate-trouble.ts'

const where = 'https://registry.example:5000/v2/app/manifests/1'

test('a CA that nobody knows is told with the file that it belongs into', () => {
  assert.equal(
    certificateText('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', where),
    'it is signed by an unknown authority (SELF_SIGNED_CERT_IN_CHAIN): ' +
      'put its CA into /etc/reconcile/certs.d/registry.example:5000/ca.crt',
  )
})

test('a certificate that is too old, too new or for another host is no matter of its CA', () => {
  assert.equal(certificateText('CERT_HAS_EXPIRED', 'x', where), 'it has expired (CERT_HAS_EXPIRED)')
  assert.match(certificateText('CERT_NOT_YET_VALID', 'x', where), /clock right\? \(CERT_NOT_YET_VALID\)$/)
  const text = "Hostname/IP does not match certificate's altnames"
  assert.equal(certificateText('ERR_TLS_CERT_ALTNAME_INVALID', text, where), `${text} (ERR_TLS_CERT_ALTNAME_INVALID)`)
})
