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
    hostsText({ spec }, host),
    '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n' +
      'ff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n',
  )
})

test('a container on the network of the host has its hosts and resolv.conf', () => {
  assert.equal(hostsText({ spec: onHostNetwork }, host), host.hosts)
  assert.equal(resolvConfText({ spec: onHostNetwork }, host), host.resolvConf)
})

test('name servers on the loopback of the host are left out', () => {
  assert.equal(resolvConfText({ spec }, host), 'search lan\nnameserver 192.0.2.1\noptions edns0\n')
})

test('public name servers stand in when none is left', () => {
  const text = resolvConfText({ spec }, { ...host, resolvConf: 'nameserver ::1\n' })
  assert.equal(text, 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n')
})

test('behind a stub resolver the real name servers are used', () => {
  const upstreamResolvConf = 'nameserver 198.51.100.7\n'
  const text = resolvConfText({ spec }, { ...host, resolvConf: 'nameserver 127.0.0.53\n', upstreamResolvConf })
  assert.equal(text, 'nameserver 198.51.100.7\n')
})

test('what is declared of resolv.conf is written as docker writes it, and the rest taken from the host', () => {
  const text = (wish: Partial<Parameters<typeof resolvConfText>[0]>) => resolvConfText({ spec, ...wish }, host)
  assert.equal(
    text({ dns: ['192.0.2.53', 'fd00::53'] }),
    'search lan\nnameserver 192.0.2.53\nnameserver fd00::53\noptions edns0\n',
  )
  assert.equal(text({ dnsSearch: ['a.test', 'b.test'] }), 'search a.test b.test\nnameserver 192.0.2.1\noptions edns0\n')
  assert.equal(
    text({ dnsSearch: ['.'], dnsOptions: ['ndots:1', 'rotate'] }),
    'nameserver 192.0.2.1\noptions ndots:1 rotate\n',
  )
  assert.equal(
    resolvConfText({ spec: onHostNetwork, dns: ['192.0.2.53'] }, host),
    'search lan\nnameserver 192.0.2.53\noptions edns0\n',
  )
})

test('names that a manifest adds follow those of the loopback; the host is its own gateway', () => {
  const extraHosts = [
    { name: 'db.internal', address: '192.0.2.7' },
    { name: 'metal', address: 'host-gateway' },
  ]
  const last = (text: string) => text.split('\n').slice(6)
  assert.deepEqual(last(hostsText({ spec, extraHosts }, host)), ['192.0.2.7\tdb.internal', ''])
  assert.deepEqual(last(hostsText({ spec: onHostNetwork, extraHosts }, host)), [
    '192.0.2.7\tdb.internal',
    '127.0.0.1\tmetal',
    '',
  ])
})

test('the host name is declared, or the id, or that of a host whose network is shared', () => {
  const declared = withSpec({ hostname: 'web' }).declaration.spec
  assert.equal(effectiveHostname(declared, sampleId, host), 'web')
  assert.equal(effectiveHostname(spec, sampleId, host), 'ab12ab12ab12')
  assert.equal(effectiveHostname(onHostNetwork, sampleId, host), 'metal')
})
