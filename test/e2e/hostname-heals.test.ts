import { deepEqual, equal, match } from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { hostCommand } from '../support/host-command.ts'
import { makeLab } from '../support/lab.ts'

const manifest = `apiVersion: reconcile/v1
kind: Container
metadata: { name: named }
spec: { rootfs: host, hostname: web, domainname: shop.example, command: [sleep, '1000'], stop: { grace: 0s } }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: unnamed }
spec: { rootfs: host, command: [sleep, '1000'], stop: { grace: 0s } }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: of-host }
spec: { rootfs: host, namespaces: { uts: host }, command: [sleep, '1000'], stop: { grace: 0s } }
`

const inside = (pid: number, ...words: string[]) => hostCommand('nsenter', '--uts', `--target=${pid}`, ...words)
const namesOf = (pid: number) =>
  ['hostname', 'domainname'].map(file => inside(pid, 'cat', `/proc/sys/kernel/${file}`).trim())

test('a container that was renamed has its name again after the next pass, under the same process; the host keeps its own', async t => {
  const lab = makeLab(t)
  const host = hostname()
  lab.write('all.yaml', manifest)
  await lab.expect(0, '--once', lab.manifests)
  const [named, unnamed] = [await lab.pid('named'), await lab.pid('unnamed')]
  const given = [namesOf(named), namesOf(unnamed)]
  deepEqual(given[0], ['web', 'shop.example'])
  inside(named, 'sh', '-c', 'echo evil > /proc/sys/kernel/hostname; echo evil.example > /proc/sys/kernel/domainname')
  inside(unnamed, 'sh', '-c', 'echo evil > /proc/sys/kernel/hostname')
  const { stdout } = await lab.expect(0, '--once', lab.manifests)
  match(stdout, /named +hostname evil -> web {3}in place/)
  match(stdout, /named +domainname evil\.example -> shop\.example {3}in place/)
  deepEqual([namesOf(named), namesOf(unnamed)], given)
  deepEqual([await lab.pid('named'), await lab.pid('unnamed')], [named, unnamed])
  equal(hostname(), host)
  match((await lab.expect(0, 'why', 'named')).stdout, /hostname evil -> web, in place +kernel differed/)
  match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
})
