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
  const told = (await lab.expect(2, 'drift', lab.manifests)).stdout.replaceAll(/ {2,}/g, '   ')
  match(told, /named {3}hostname {3}desired web {3}recorded web {3}kernel evil {3}in place/)
  match(
    told,
    /named {3}domainname {3}desired shop\.example {3}recorded shop\.example {3}kernel evil\.example {3}in place/,
  )
  match((await lab.expect(0, 'ps')).stdout, /named .* hostname,domainname/)
  match((await lab.expect(2, 'plan', lab.manifests)).stdout, /named +hostname evil -> web/)
  const { stdout } = await lab.expect(0, '--once', lab.manifests)
  match(stdout, /named +hostname evil -> web {3}in place/)
  match(stdout, /named +domainname evil\.example -> shop\.example {3}in place/)
  deepEqual([namesOf(named), namesOf(unnamed)], given)
  deepEqual([await lab.pid('named'), await lab.pid('unnamed')], [named, unnamed])
  equal(hostname(), host)
  match((await lab.expect(0, 'why', 'named')).stdout, /hostname evil -> web, in place +kernel differed/)
  match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
  match((await lab.expect(0, 'drift', lab.manifests)).stdout, /no container has drifted|nothing/)
})
