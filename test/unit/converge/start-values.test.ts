import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finalCapabilities } from '../../../src/converge/capabilities.ts'
import { processEnvironment } from '../../../src/converge/environment.ts'
import { failedStartCode } from '../../../src/converge/failed-start.ts'
import { inMountOrder, planMount } from '../../../src/converge/mounts.ts'
import { signalNumber } from '../../../src/converge/signals.ts'
import type { Mount } from '../../../src/model/desired.ts'

const everything = (1n << 41n) - 1n
const sysResource = 1n << 24n

test('a container gets the fourteen capabilities of Docker', () => {
  const given = finalCapabilities({ add: [], drop: [] }, everything)
  assert.equal(given.length, 14)
  assert.ok(given.includes('CAP_NET_RAW') && !given.includes('CAP_SYS_ADMIN'))
})

test('add and drop change the default set, with or without the prefix', () => {
  const given = finalCapabilities({ add: ['sys_time'], drop: ['CAP_NET_RAW', 'MKNOD'] }, everything)
  assert.equal(given.length, 13)
  assert.ok(given.includes('CAP_SYS_TIME'))
})

test('ALL means everything that this host can give, or nothing but what is added', () => {
  assert.equal(finalCapabilities({ add: ['ALL'], drop: [] }, everything).length, 41)
  assert.equal(finalCapabilities({ add: ['ALL'], drop: ['CHOWN'] }, everything & ~sysResource).length, 39)
  assert.deepEqual(finalCapabilities({ add: ['CHOWN'], drop: ['ALL'] }, everything), ['CAP_CHOWN'])
})

test('a capability that is asked for by name is asked of the kernel, held or not', () => {
  assert.ok(finalCapabilities({ add: ['SYS_RESOURCE'], drop: [] }, 0n).includes('CAP_SYS_RESOURCE'))
})

test('PATH and HOSTNAME are given unless the container sets them', () => {
  assert.deepEqual(processEnvironment(['TZ=UTC'], 'web'), [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOSTNAME=web',
    'TZ=UTC',
  ])
  assert.deepEqual(processEnvironment(['PATH=/bin', 'HOSTNAME=x'], 'web'), ['PATH=/bin', 'HOSTNAME=x'])
})

test('a mount comes before the mounts below its target', () => {
  const at = (target: string): Mount => ({ type: 'tmpfs', target, readOnly: false, sizeBytes: null, mode: null })
  const targets = inMountOrder([at('/a/b/c'), at('/z'), at('/a'), at('/a/b')]).map(mount => mount.target)
  assert.deepEqual(targets, ['/z', '/a', '/a/b', '/a/b/c'])
})

test('a read-only mount of any type is planned as one', () => {
  const mount = { target: '/a', readOnly: true }
  const volume = planMount({ type: 'volume', name: 'v', noCopy: false, ...mount }, '/v')
  const tmpfs = planMount({ type: 'tmpfs', sizeBytes: null, mode: null, ...mount }, '')
  assert.deepEqual([volume.readOnly, tmpfs.readOnly], [true, true])
})

test('signals are known by name, number and real-time offset', () => {
  assert.deepEqual(
    ['SIGTERM', 'quit', '15', 'RTMIN+3', 'SIGRTMAX-1', 'RTMAX'].map(signalNumber),
    [15, 3, 15, 37, 63, 64],
  )
  assert.deepEqual(['NOPE', '0', '65', 'RTMAX+1', ''].map(signalNumber), [null, null, null, null, null])
})

test('a failed start has the exit code that a shell would give', () => {
  const code = (failure: Parameters<typeof failedStartCode>[0]) => failedStartCode(failure)
  assert.equal(code({ code: 'E_EXEC_NOT_FOUND', message: '' }), 127)
  assert.equal(code({ code: 'E_EXEC_PERM', message: '' }), 126)
  assert.equal(code({ code: 'E_MOUNT', message: '', errno: 'ENOTDIR' }), 127)
  assert.equal(code({ code: 'E_MOUNT', message: '', errno: 13 }), 126)
  assert.equal(code({ code: 'E_CGROUP', message: '' }), 128)
})
