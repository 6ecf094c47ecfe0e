import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectiveHostname, hostsText, resolvConfText } from '../../../../src/dataroot/rootfs/etc-text.ts'
import { sampleId, sampleRecord, withSpec } from '../../../support/sample-record.ts'

const host = {
  hostname: 'metal',
  hosts: '127.0.0.1 localhost metal\n',
  resolvConf: 'search lan\nnameserver 127.0.0.1\nnameserver 192.0.2.1\noptions edns0\n',
  upstreamResolvConf: '',
}
const { spec } = sampleRecord.declaration
const onHostNetwork = withSpec({ namespaces: { ...spec.namespaces, net: 'host' } }).declaration.spec

test('a container without a network knows only itself', () => {
  assert.equal(
    hostsText(spec, host),
    '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n' +
      'ff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n',
  )
})

test('a container on the network of the host has its hosts and resolv.conf', () => {
  assert.equal(hostsText(onHostNetwork, host), host.hosts)
  assert.equal(resolvConfText(onHostNetwork, host), host.resolvConf)
})

test('name servers on the loopback of the host are left out', () => {
  assert.equal(resolvConfText(spec, host), 'search lan\nnameserver 192.0.2.1\noptions edns0\n')
})

test('public name servers stand in when none is left', () => {
  const text = resolvConfText(spec, { ...host, resolvConf: 'nameserver ::1\n' })
  assert.equal(text, 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n')
})

test('behind a stub resolver the real name servers are used', () => {
  const upstreamResolvConf = 'nameserver 198.51.100.7\n'
  const text = resolvConfText(spec, { ...host, resolvConf: 'nameserver 127.0.0.53\n', upstreamResolvConf })
  assert.equal(text, 'nameserver 198.51.100.7\n')
})

test('the host name is declared, or the id, or that of a host whose network is shared', () => {
  const declared = withSpec({ hostname: 'web' }).declaration.spec
  assert.equal(effectiveHostname(declared, sampleId, host), 'web')
  assert.equal(effectiveHostname(spec, sampleId, host), 'ab12ab12ab12')
  assert.equal(effectiveHostname(onHostNetwork, sampleId, host), 'metal')
})
