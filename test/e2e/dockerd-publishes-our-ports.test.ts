/**
 * What is on the data-root's bridge with ports is on Docker's bridge with the same ports when a stock dockerd takes the data-root
 * over; and what is on other networks starts there once those are made by the commands that `handover --check` gives.
 */
import { deepEqual, equal, match } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { busybox } from '../support/busybox-layer.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { hostCommand } from '../support/host-command.ts'
import { eventually } from '../support/lab.ts'
import { openNetPlace } from '../support/net-place.ts'
import { launchEngine } from '../support/stock-engine.ts'
import { dir, file, tar } from '../support/tar.ts'

const manifest = (state: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  image: app:1
  state: ${state}
  ports: ["8080:80", "127.0.0.1:8081:80"]
  extraHosts: ["mirror:192.0.2.7"]
  dns: [192.0.2.53]
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: two }
spec:
  image: app:1
  state: ${state}
  networks: [{ name: front, address: 10.91.0.9 }, back]
---
apiVersion: reconcile/v1
kind: Network
metadata: { name: front }
spec: { labels: { note: "it's ours" }, subnet: 10.91.0.0/24, subnet6: "fd00:91::/64", mtu: 1400 }
---
apiVersion: reconcile/v1
kind: Network
metadata: { name: back }
spec: { subnet: 10.92.0.0/24, internal: true }
`
const fetching = ['curl', '-s', '-m', '1', 'http://127.0.0.1:8080/page', 'http://127.0.0.1:8081/page']

test('a stock dockerd starts a container of ours on its bridge, its ports answer, and it comes back', async t => {
  const { lab, here, facts } = await openNetPlace(t)
  const before = facts()
  const archive = `${lab.folder}/app.tar`
  const page = file('www/page', 'served\n')
  const defaults = { Cmd: ['httpd', '-f', '-p', '80', '-h', '/www'], Env: ['PATH=/bin'] }
  writeFileSync(archive, dockerArchive('app:1', [tar(...busybox('httpd', 'cat'), dir('www/'), page)], [], defaults))
  await lab.expect(0, 'images', 'load', archive)
  lab.write('web.yaml', manifest('running'))
  await lab.expect(0, '--once', lab.manifests)
  await answers(() => here(...fetching))

  lab.write('web.yaml', manifest('stopped'))
  await lab.expect(0, '--once', lab.manifests)
  const checked = (await lab.expect(0, 'handover', '--check')).stdout
  match(checked, /^starts +web /m)
  match(checked, /^lists +two .*: dockerd must be told the networks front, back first$/m)
  const commands = checked.split('\n').flatMap(line => (/^ {2}(docker|ip) /.test(line) ? [line.trim()] : []))
  deepEqual(
    commands.map(command => command.replace(/rc-\w+/, 'rc-…')),
    [
      'ip link delete rc-…',
      'docker network create --subnet 10.92.0.0/24 --gateway 10.92.0.1 --internal back',
      'ip link delete rc-…',
      "docker network create --subnet 10.91.0.0/24 --gateway 10.91.0.1 --ipv6 --subnet fd00:91::/64 --gateway fd00:91::1 --opt com.docker.network.driver.mtu=1400 --label 'note=it'\\''s ours' front",
    ],
  )
  const engine = await launchEngine(lab.root, 'overlay2', 'own-bridged')
  try {
    const inEngine = (...words: string[]) => hostCommand('nsenter', '--net', `--target=${engine.pids[1]}`, ...words)
    await answers(() => inEngine(...fetching))
    const format = '{{.HostConfig.NetworkMode}} {{.NetworkSettings.Networks.bridge.IPAddress}}'
    match(engine.docker('inspect', '--format', format, 'web'), /^default 172(\.\d+){3}\n$/)
    match(engine.docker('exec', 'web', 'cat', '/etc/hosts'), /^192\.0\.2\.7\tmirror$/m)
    match(engine.docker('exec', 'web', 'cat', '/etc/resolv.conf'), /^nameserver 192\.0\.2\.53$/m)
    for (const command of commands)
      if (command.startsWith('ip ')) here(...command.split(' '))
      else hostCommand('env', `DOCKER_HOST=${engine.env['DOCKER_HOST']}`, 'sh', '-c', command)
    engine.docker('start', 'two')
    const addresses = '{{range $name, $on := .NetworkSettings.Networks}}{{$name}} {{$on.IPAddress}} {{end}}'
    equal(engine.docker('inspect', '--format', addresses, 'two'), 'back 10.92.0.2 front 10.91.0.9 \n')
    equal(engine.docker('network', 'inspect', '--format', '{{.Labels.note}}', 'front'), "it's ours\n")
    engine.docker('stop', '--time', '1', 'web', 'two')
    engine.docker('network', 'rm', 'front', 'back')
  } finally {
    await engine.stop()
  }

  lab.write('web.yaml', manifest('running'))
  await lab.expect(0, '--once', lab.manifests)
  await answers(() => here(...fetching))
  await lab.expect(0, 'down', lab.manifests)
  equal(facts(), before)
})

async function answers(fetch: () => string): Promise<void> {
  let said = ''
  await eventually(
    () => {
      try {
        said = fetch()
      } catch (error) {
        said = (error as Error).message
      }
      return said === 'served\nserved\n'
    },
    15_000,
    () => `it answers: ${said}`,
  )
}
