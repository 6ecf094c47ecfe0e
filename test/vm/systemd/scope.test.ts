/** On a host that systemd runs: where the containers are, and what systemd does to them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { test } from 'node:test'
import { eventually, labOptions, makeLab } from '../../support/lab.ts'

const top = '/sys/fs/cgroup'
const slice = `${top}/reconcile.slice`

const manifest = (name: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sleep, "1000"]
  stop: { grace: 0s }
  limits: { memory: 64Mi, pids: 100 }
`

const run = (command: string, ...args: readonly string[]) => {
  const ran = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
  assert.equal(ran.status, 0, `${command} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout
}
const cgroupOf = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().replace('0::', '')
const parentOf = (pid: number) => Number(/\) \S+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])

test('a container, its shim and their limits outlive the login that started them', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', manifest('aa'))
  const session = ['--scope', '--quiet', '--unit', 'session-7', '--slice', 'user.slice', '--']
  const places = labOptions(lab)
  run('systemd-run', ...session, `${process.cwd()}/bin/reconcile`, ...places, '--once', lab.manifests)
  const pid = await lab.pid('aa')
  const shim = parentOf(pid)
  const [, rootId = ''] = /reconcile-([0-9a-f]{12})\.scope/.exec(cgroupOf(pid)) ?? []
  const scope = `/reconcile.slice/reconcile-${rootId}.scope`
  assert.match(cgroupOf(pid), new RegExp(`^${scope}/reconcile-${rootId}/[0-9a-f]{64}$`))
  assert.equal(cgroupOf(shim), `${scope}/shims`)
  const order = ['Before', 'After'].map(name =>
    run('systemctl', 'show', '--value', '--property', name, basename(scope)),
  )
  assert.match(order.join(), /\breconcile\.service\b[^]*,[^]*\blocal-fs\.target\b/)

  // systemd looks at its whole tree again, and lets what it delegated be
  const limit = `${top}${cgroupOf(pid)}/memory.max`
  run('systemctl', 'daemon-reload')
  assert.equal(readFileSync(limit, 'utf8').trim(), `${64 * 1024 ** 2}`)
  assert.match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)

  writeFileSync(limit, `${32 * 1024 ** 2}`)
  await lab.expect(2, 'drift', lab.manifests)
  await lab.expect(0, '--once', lab.manifests)
  assert.equal(readFileSync(limit, 'utf8').trim(), `${64 * 1024 ** 2}`)
  assert.equal(await lab.pid('aa'), pid)
})

test('the scope goes with the last process in it, and comes with the next start', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', manifest('aa'))
  await lab.expect(0, '--once', lab.manifests)
  const scope = dirname(dirname(`${top}${cgroupOf(await lab.pid('aa'))}`))
  await lab.expect(0, 'down', lab.manifests)
  // what keeps it for the first minute
  for (const pid of readFileSync(`${scope}/shims/cgroup.procs`, 'utf8').trim().split('\n')) process.kill(Number(pid))
  await eventually(
    () => !existsSync(scope),
    10_000,
    () => 'the scope is still there',
  )
  await lab.expect(0, '--once', lab.manifests)
  assert.equal(dirname(dirname(`${top}${cgroupOf(await lab.pid('aa'))}`)), scope)
  await lab.expect(0, 'down', lab.manifests)
  assert.ok(readdirSync(slice).some(name => name.endsWith('.scope')))
})
