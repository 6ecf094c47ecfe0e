/** What is on the data-root's bridge with ports is on Docker's bridge with the same ports when a stock dockerd takes the data-root over. */
import { equal, match } from 'node:assert/strict'
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
  match((await lab.expect(0, 'handover', '--check')).stdout, /^starts +web /m)
  const engine = await launchEngine(lab.root, 'overlay2', 'own-bridged')
  try {
    const inEngine = (...words: string[]) => hostCommand('nsenter', '--net', `--target=${engine.pids[1]}`, ...words)
    await answers(() => inEngine(...fetching))
    const format = '{{.HostConfig.NetworkMode}} {{.NetworkSettings.Networks.bridge.IPAddress}}'
    match(engine.docker('inspect', '--format', format, 'web'), /^default 172(\.\d+){3}\n$/)
    match(engine.docker('exec', 'web', 'cat', '/etc/hosts'), /^192\.0\.2\.7\tmirror$/m)
    match(engine.docker('exec', 'web', 'cat', '/etc/resolv.conf'), /^nameserver 192\.0\.2\.53$/m)
    engine.docker('stop', '--time', '1', 'web')
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
