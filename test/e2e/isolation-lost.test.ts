/**
 * A first process that got into the host's namespace is answered by a restart, in words that say why; one that made a
 * namespace for itself is only told.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, type Lab, makeLab } from '../support/lab.ts'

const manifest = (script: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  namespaces: { pid: host }
  capabilities: { add: [SYS_ADMIN, SYS_PTRACE] }
  stop: { grace: 0s }
  command: [sh, -c, "${script}"]
`
/** They wait until their start was looked at. */
const escaping = (to: number) => manifest(`sleep 1; exec nsenter --target ${to} --net sleep 1000`)
const withdrawing = manifest('sleep 1; exec unshare --uts sleep 1000')

async function driftOf(lab: Lab, file: string): Promise<string> {
  await eventually(
    async () => (await lab.reconcile('drift', file)).code === 2,
    10_000,
    () => 'its process has not changed its namespace',
  )
  return (await lab.expect(2, 'drift', file)).stdout
}

test('a process in the network of the host is restarted for, and why says so', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', escaping(process.pid))
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  const drift = await driftOf(lab, file)
  t.diagnostic(drift)
  assert.match(drift, /namespaces\.net\s+desired own \d+\s+recorded own \d+\s+kernel host\s+restart/)
  const plan = (await lab.expect(2, 'plan', file)).stdout
  assert.match(plan, /web\s+restart\s+namespaces\.net is host in the kernel instead of own \d+/)
  await lab.expect(0, '--once', file)
  assert.notEqual(await lab.pid('web'), pid)
  const why = (await lab.expect(0, 'why', 'web')).stdout
  t.diagnostic(why)
  assert.match(why, /stop begun, SIGTERM\s+namespaces\.net is host in the kernel instead of own \d+/)
})

test('a process in a namespace that it made for itself is told and kept', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', withdrawing)
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  const drift = await driftOf(lab, file)
  t.diagnostic(drift)
  assert.match(drift, /namespaces\.uts\s+desired own \d+\s+recorded own \d+\s+kernel own \d+\s+reported only/)
  assert.match((await lab.expect(0, '--once', file)).stdout, /^nothing to do/)
  assert.equal(await lab.pid('web'), pid)
})
