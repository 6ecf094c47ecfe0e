/** `container:NAME`: what runs beside another container shares exactly what is declared, and goes with it. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, makeLab } from '../support/lab.ts'

const container = (name: string, spec: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name}, project: shop }
spec: { rootfs: host, stop: { grace: 0s }, ${spec} }
---
`
/** Answers on its loopback, keeps a file in its shared memory, and names itself. */
const main = (port: number) =>
  container('db', `hostname: data, command: [sh, -c, 'echo ${port} > /dev/shm/port; exec sleep 1000']`)
const beside = container(
  'side',
  `namespaces: { net: 'container:db', pid: 'container:db', ipc: 'container:db', uts: 'container:db' },
   command: [sh, -c, 'cat /dev/shm/port; cat /proc/sys/kernel/hostname; cat /proc/1/comm; exec sleep 1000']`,
)

const kinds = ['net', 'pid', 'ipc', 'uts', 'mnt', 'cgroup'] as const
const namespacesOf = (pid: number) =>
  Object.fromEntries(kinds.map(kind => [kind, readlinkSync(`/proc/${pid}/ns/${kind}`)]))
function shared(a: number, b: number) {
  const [first, second] = [namespacesOf(a), namespacesOf(b)]
  return kinds.filter(kind => first[kind] === second[kind])
}

test('a container in the namespaces of another shares those, sees its processes, shared memory, name and hosts file, and is restarted with it', async t => {
  const lab = makeLab(t)
  lab.write('all.yaml', beside + main(1))
  await lab.expect(0, '--once', lab.manifests)
  const [db, side] = [await lab.inspect('shop/db'), await lab.inspect('shop/side')]
  deepEqual(shared(db.pid ?? 0, side.pid ?? 0), ['net', 'pid', 'ipc', 'uts'])
  let said = ''
  await eventually(
    async () => (said = (await lab.expect(0, 'logs', 'shop/side')).stdout).split('\n').length > 3,
    20_000,
    () => `it said: ${said}`,
  )
  equal(said, '1\ndata\nsleep\n')
  const hosts = (pid: number | null) => readFileSync(`/proc/${pid}/root/etc/hosts`)
  deepEqual(hosts(side.pid), hosts(db.pid))
  const hostConfig = JSON.parse(readFileSync(join(lab.root, 'containers', side.id, 'hostconfig.json'), 'utf8'))
  deepEqual([hostConfig.NetworkMode, hostConfig.PidMode, hostConfig.IpcMode], Array(3).fill('container:shop-db'))

  lab.write('all.yaml', beside + main(2))
  await lab.expect(0, '--once', lab.manifests)
  const [newDb, newSide] = [await lab.pid('shop/db'), await lab.pid('shop/side')]
  notEqual(newDb, db.pid)
  deepEqual(shared(newDb, newSide), ['net', 'pid', 'ipc', 'uts'])
  match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
})

test('under a watcher a follower is back in the namespaces of a container that crashed', async t => {
  const lab = makeLab(t)
  lab.write('all.yaml', main(1) + container('side', `namespaces: { net: 'container:db' }, command: [sleep, '1000']`))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const old = await lab.pid('shop/db')
  process.kill(old, 'SIGKILL')
  await eventually(
    async () => {
      const [db, side] = [await lab.inspect('shop/db'), await lab.inspect('shop/side')]
      if (db.pid === null || db.pid === old || side.pid === null) return false
      return shared(db.pid, side.pid).join() === 'net'
    },
    20_000,
    () => watcher.output(),
  )
})

test('a name that nobody declares, a container that needs itself and settings that are another one’s to have are refused', async t => {
  const lab = makeLab(t)
  const wrong = `namespaces: { net: 'container:dc', uts: 'container:db' }, hostname: mine, sysctls: { net.core.somaxconn: "1" }, command: [sleep, '1']`
  lab.write(
    'all.yaml',
    main(1) +
      container('side', wrong) +
      container('self', `namespaces: { pid: 'container:self' }, init: true, command: [sleep, '1']`),
  )
  const { stdout, stderr } = await lab.reconcile('validate', lab.manifests)
  const said = stdout + stderr
  match(said, /all\.yaml:9:\d+: spec\.hostname would rename db, because namespaces\.uts is container:db/)
  match(said, /sysctl "net\.core\.somaxconn" would change dc, because namespaces\.net is container:dc/)
  match(said, /spec\.init can not be the first process where namespaces\.pid is container:self/)
  lab.write('all.yaml', main(1) + container('side', `namespaces: { net: 'container:dc' }, command: [sleep, '1']`))
  const unknown = await lab.reconcile('validate', lab.manifests)
  match(
    unknown.stdout + unknown.stderr,
    /all\.yaml:9:\d+: spec\.namespaces\.net: no container "dc" is declared here; did you mean "db"\?/,
  )
  lab.write('all.yaml', container('self', `namespaces: { pid: 'container:self' }, command: [sleep, '1']`))
  const self = await lab.reconcile('validate', lab.manifests)
  match(self.stdout + self.stderr, /shop\/self would wait for itself/)
  equal(existsSync(join(lab.root, 'containers')), false)
})
