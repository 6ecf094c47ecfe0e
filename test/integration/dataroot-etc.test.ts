import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { leadToResolver, readHostEtc, writeEtcFiles } from '../../src/dataroot/rootfs/etc-files.ts'
import { hostRootfs } from '../../src/dataroot/rootfs/host-skeleton.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { sampleId, sampleRecord, withSpec } from '../support/sample-record.ts'
import { expectFailure, expectOk, rootWith, temporaryDirectory, temporaryRoot } from './dataroot-lab.ts'

test('hostname, hosts and resolv.conf keep their inodes, since a container has them bound', t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  const files = [at.hostname, at.hosts, at.resolvConf]
  const host = { hostname: 'metal', hosts: '', resolvConf: 'nameserver 192.0.2.1\n', upstreamResolvConf: '' }
  expectOk(writeEtcFiles(paths, withSpec({ hostname: 'a-long-host-name' }), host))
  const inodes = files.map(path => statSync(path).ino)
  expectOk(writeEtcFiles(paths, withSpec({ hostname: 'web' }), host))
  assert.deepEqual(
    files.map(path => statSync(path).ino),
    inodes,
  )
  assert.equal(readFileSync(at.hostname, 'utf8'), 'web\n')
  assert.equal(readFileSync(at.resolvConf, 'utf8'), 'nameserver 192.0.2.1\n')
  assert.match(readFileSync(at.resolvConfHash, 'utf8'), /^sha256:[0-9a-f]{64}$/)
})

test('who reads a hosts file while it changes never finds it empty, and what stays as it is is not written', async t => {
  const paths = rootWith(t, sampleRecord)
  const { hostname } = containerPaths(paths, sampleId)
  const host = { hostname: 'metal', hosts: '', resolvConf: '', upstreamResolvConf: '' }
  const rename = (name: string) => expectOk(writeEtcFiles(paths, withSpec({ hostname: name }), host))
  const [long, short] = ['a'.repeat(63), 'b']
  rename(long)
  const ended = new Int32Array(new SharedArrayBuffer(4))
  const reader = new Worker(lookForEmpty, { eval: true, workerData: { hostname, ended } })
  await once(reader, 'message')
  for (let round = 0; round < 1000; round++) rename(round % 2 === 0 ? short : long)
  Atomics.store(ended, 0, 1)
  assert.deepEqual(await once(reader, 'message'), [0])
  assert.equal(readFileSync(hostname, 'utf8'), `${long}\n`)
  const { mtimeNs } = statSync(hostname, { bigint: true })
  rename(long)
  assert.equal(statSync(hostname, { bigint: true }).mtimeNs, mtimeNs)
})

/** Reads a file until it is told to end, then says how often it was empty. */
const lookForEmpty = `
  const { parentPort, workerData: { hostname, ended } } = require('node:worker_threads')
  const { readFileSync } = require('node:fs')
  let empty = 0
  parentPort.postMessage('begun')
  while (Atomics.load(ended, 0) === 0) if (readFileSync(hostname).length === 0) empty++
  parentPort.postMessage(empty)
`

test('resolv.conf of what runs already comes to name the resolver, unless a program of the container wrote it', t => {
  const paths = rootWith(t, sampleRecord)
  const at = containerPaths(paths, sampleId)
  const host = { hostname: 'metal', hosts: '', resolvConf: 'nameserver 192.0.2.1\n', upstreamResolvConf: '' }
  expectOk(writeEtcFiles(paths, sampleRecord, host))
  const { ino } = statSync(at.resolvConf)
  expectOk(leadToResolver(paths, sampleRecord, host))
  assert.equal(readFileSync(at.resolvConf, 'utf8'), 'nameserver 127.0.0.11\noptions ndots:0\n')
  assert.equal(statSync(at.resolvConf).ino, ino)
  writeFileSync(at.resolvConf, 'nameserver 192.0.2.7\n')
  expectOk(leadToResolver(paths, sampleRecord, host))
  assert.equal(readFileSync(at.resolvConf, 'utf8'), 'nameserver 192.0.2.7\n')
})

test('a link in the place of such a file is not written through', t => {
  const paths = rootWith(t, sampleRecord)
  const victim = join(temporaryDirectory(t), 'victim')
  writeFileSync(victim, 'precious')
  symlinkSync(victim, containerPaths(paths, sampleId).hostname)
  expectFailure(writeEtcFiles(paths, sampleRecord, readHostEtc('/nowhere')), 'E_IO')
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
})

test("the host's resolv.conf may be a link, and may be missing", t => {
  const hostRoot = temporaryDirectory(t)
  mkdirSync(join(hostRoot, 'etc'))
  writeFileSync(join(hostRoot, 'real'), 'nameserver 192.0.2.9\n')
  symlinkSync('../real', join(hostRoot, 'etc/resolv.conf'))
  assert.equal(readHostEtc(hostRoot).resolvConf, 'nameserver 192.0.2.9\n')
  assert.equal(readHostEtc(hostRoot).hosts, '')
})

test('the base of `rootfs: host` shows programs and certificates of the host, no accounts, keys or homes', t => {
  const paths = temporaryRoot(t)
  const hostRoot = temporaryDirectory(t)
  for (const directory of ['usr/bin', 'lib64', 'etc/ssl/certs', 'etc/ssl/private', 'home/me', 'root', 'var/lib']) {
    mkdirSync(join(hostRoot, directory), { recursive: true })
  }
  symlinkSync('usr/bin', join(hostRoot, 'bin'))
  writeFileSync(join(hostRoot, 'etc/ld.so.cache'), 'cache')
  writeFileSync(join(hostRoot, 'etc/passwd'), 'me:x:1000:1000::/home/me:/bin/sh\n')
  const { lower, binds } = expectOk(hostRootfs(paths, hostRoot))
  assert.deepEqual(
    binds.map(({ source, target, readOnly }) => [source, target, readOnly]),
    ['/usr', '/lib64', '/etc/ld.so.cache', '/etc/ssl/certs'].map(path => [join(hostRoot, path), path, true]),
  )
  assert.equal(readlinkSync(join(lower, 'bin')), 'usr/bin')
  assert.match(readFileSync(join(lower, 'etc/passwd'), 'utf8'), /^root:x:0:0:root:\/root:\/bin\/sh\nnobody/)
  assert.deepEqual(
    ['', 'tmp', 'root', 'etc/ssl/certs'].map(path => statSync(join(lower, path)).mode & 0o7777),
    [0o755, 0o1777, 0o700, 0o755],
  )
})

test('a base that may be in use is never changed: another layout of the host gets another one', t => {
  const paths = temporaryRoot(t)
  const hostRoot = temporaryDirectory(t)
  mkdirSync(join(hostRoot, 'usr'))
  const first = expectOk(hostRootfs(paths, hostRoot))
  writeFileSync(join(first.lower, 'mark'), '')
  assert.equal(expectOk(hostRootfs(paths, hostRoot)).lower, first.lower)
  mkdirSync(join(hostRoot, 'bin'))
  assert.notEqual(expectOk(hostRootfs(paths, hostRoot)).lower, first.lower)
  rmSync(join(hostRoot, 'bin'), { recursive: true })
  assert.ok(statSync(join(expectOk(hostRootfs(paths, hostRoot)).lower, 'mark')))
})
