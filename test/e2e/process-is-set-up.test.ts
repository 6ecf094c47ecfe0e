import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lab, makeLab } from '../support/lab.ts'

/** Runs one shell line as a one-shot with these further spec lines; returns what it printed. */
async function printed(lab: Lab, line: string, ...spec: string[]): Promise<string> {
  const file = lab.write(
    'job.yaml',
    `apiVersion: reconcile/v1
kind: Container
metadata: { name: job }
spec:
  rootfs: host
  command: [sh, -c, ${JSON.stringify(line)}]
  restart: { policy: "no" }
${spec.map(text => `  ${text}\n`).join('')}`,
  )
  await lab.expect(0, '--once', file)
  return (await lab.expect(0, 'logs', 'job')).stdout
}

test('the process has the user, directory, environment, names and limits that its manifest says', async t => {
  const lab = makeLab(t)
  lab.write('job.env', '# comment\nFROM_FILE=file\nBOTH=file\n')
  const out = await printed(
    lab,
    'id -u; id -g; pwd; echo $FROM_FILE $BOTH $HOME; hostname; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; cat /proc/sys/net/core/somaxconn; grep -c . /etc/hosts',
    'user: "1000:1001"',
    'workingDir: /tmp',
    'env: { BOTH: env, HOME: /tmp }',
    'envFiles: [job.env]',
    'hostname: named',
    'sysctls: { net.core.somaxconn: "77" }',
    'limits: { ulimits: { nofile: { soft: 100, hard: 200 } }, oomScoreAdj: 500 }',
  )
  assert.deepEqual(out.split('\n').slice(0, 9), [
    '1000',
    '1001',
    '/tmp',
    'file env /tmp',
    'named',
    '100',
    '200',
    '500',
    '77',
  ])
})

const capabilities = (out: string) => /CapEff:\s+([0-9a-f]+)/.exec(out)?.[1] ?? ''
const bits = (hex: string) => BigInt(`0x${hex}`)
const netRaw = 1n << 13n
const netAdmin = 1n << 12n
const chown = 1n << 0n
const sysAdmin = 1n << 21n

test("capabilities are Docker's defaults, and what the manifest adds and drops", async t => {
  const lab = makeLab(t)
  const read = 'cat /proc/self/status'
  const usual = bits(capabilities(await printed(lab, read)))
  assert.equal(usual & sysAdmin, 0n)
  assert.equal(usual & chown, chown)
  assert.equal(usual & netRaw, netRaw)
  const changed = bits(
    capabilities(await printed(lab, read, 'capabilities: { add: [NET_ADMIN], drop: [CAP_NET_RAW] }')),
  )
  assert.equal(changed, (usual | netAdmin) & ~netRaw)
  const none = await printed(lab, read, 'capabilities: { drop: [ALL] }', 'security: { noNewPrivileges: true }')
  assert.equal(bits(capabilities(none)), 0n)
  assert.match(none, /NoNewPrivs:\s+1/)
  const user = await printed(lab, read, 'user: "1000"')
  assert.equal(bits(capabilities(user)), 0n)
  assert.match(user, /CapInh:\s+0000000000000000/)
})

test('the root is writable over a base that is never written, or read-only; /proc and /sys are guarded', async t => {
  const lab = makeLab(t)
  const probe = [
    'touch /written && echo root',
    'touch /usr/written 2>/dev/null && echo usr',
    'echo 1 > /proc/sysrq-trigger 2>/dev/null && echo sysrq',
    'echo x > /proc/sys/kernel/domainname 2>/dev/null && echo sysctl',
    'test -s /proc/kcore && head -c1 /proc/kcore 2>/dev/null | grep -q . && echo kcore',
    'touch /sys/x 2>/dev/null && echo sys',
    'test -c /dev/null && test -c /dev/urandom && echo x > /dev/null && echo dev',
    'touch /dev/shm/x && echo shm',
    'ls /home /root | grep -c .',
    'echo end',
  ].join('; ')
  const writable = (await printed(lab, probe)).split('\n')
  for (const bad of ['usr', 'sysrq', 'sysctl', 'kcore', 'sys'])
    assert.ok(!writable.includes(bad), `${bad} must not be possible`)
  for (const good of ['root', 'dev', 'shm', 'end']) assert.ok(writable.includes(good), good)
  const readOnly = (await printed(lab, probe, 'security: { readOnlyRoot: true }')).split('\n')
  assert.ok(!readOnly.includes('root'))
  assert.ok(readOnly.includes('end'))
})

test('tmpfs, read-only mounts and the size of /dev/shm are as declared', async t => {
  const lab = makeLab(t)
  const out = await printed(
    lab,
    'df -B1 /run /dev/shm | tail -n 2 | while read a b c; do echo $b; done; stat -c %a /run; touch /ro/x 2>/dev/null || echo refused; mount | grep -c " /ro "',
    'mounts: [{ type: tmpfs, target: /run, size: 16Mi, mode: "1770" }, "data:/ro:ro"]',
    'limits: { shmSize: 32Mi }',
  )
  assert.deepEqual(out.trim().split('\n'), [String(16 * 2 ** 20), String(32 * 2 ** 20), '1770', 'refused', '1'])
})

test('loopback is up in a network namespace of its own', async t => {
  const lab = makeLab(t)
  const out = await printed(
    lab,
    'cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d " "; grep -q "127.0.0.1" /proc/net/fib_trie && echo up',
  )
  const lines = out.trim().split('\n')
  assert.equal(lines[0], 'lo')
  assert.equal(lines.at(-1), 'up')
})

test('a bind source must exist, unless createSource makes it', async t => {
  const lab = makeLab(t)
  const manifest = (create: boolean) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: bound }
spec:
  rootfs: host
  command: [sleep, "1000"]
  mounts: [{ type: bind, source: ${lab.folder}/not/yet, target: /b, createSource: ${create} }]
`
  const file = lab.write('b.yaml', manifest(false))
  const refused = await lab.expect(1, '--once', file)
  assert.match(refused.stdout + refused.stderr, /not\/yet/)
  lab.write('b.yaml', manifest(true))
  await lab.expect(0, '--once', file)
})
