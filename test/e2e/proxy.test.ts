import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { eventually } from '../support/lab.ts'
import { dnsmasq, proxyPid } from '../support/name-server.ts'
import { hereAddress, openNetPlace } from '../support/net-place.ts'

const server = ['busybox', 'httpd', '-f', '-p', '[::]:80', '-h', '/etc']
const container = (name: string, rest: string, command: readonly string[] = server) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: ${JSON.stringify(command)}
  stop: { signal: SIGKILL }
  ${rest}
`
const network = (name: string, spec: string) => `apiVersion: reconcile/v1
kind: Network
metadata: { name: ${name} }
spec: { ${spec} }
`
const manifest = (ports: string) =>
  [
    network('front', 'subnet: 10.210.0.0/24'),
    network('dual', 'subnet: 10.211.0.0/24, subnet6: "fd00:211::/64"'),
    container('four', `networks: [front]\n  ports: [${ports}]`),
    container('six', 'networks: [dual]\n  ports: ["8081:80", "[::1]:8082:80"]'),
    container('names', 'networks: [front]\n  ports: ["5353:53/udp"]', [...dnsmasq, '--address=/own.test/192.0.2.53']),
  ].join('---\n')

const taking = "require('net').createServer().listen({ host: '::', port: 9001, ipv6Only: true })"

test('published ports answer at ::1, and over IPv6 for containers without IPv6, by a proxy that needs nobody', async t => {
  const { lab, here, outside, within, facts } = await openNetPlace(t)
  const before = facts()
  const answer = (run: typeof here, place: string): string => {
    try {
      const url = `http://${place}/hostname`
      return run('curl', '-s', '-g', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', url)
    } catch {
      return 'none'
    }
  }
  lab.write('all.yaml', manifest('"8080:80", "9000-9002:80-82"'))
  await lab.expect(0, '--once', lab.manifests)

  await t.test('with no reconcile process, as soon as the containers run', async () => {
    for (const place of ['[::1]:8080', '[::1]:8081', '[::1]:8082', '[::1]:9000', '127.0.0.1:8080', '127.0.0.1:8081'])
      equal(answer(here, place), '200', place)
    for (const place of [`[${hereAddress.ipv6}]:8080`, `[${hereAddress.ipv6}]:8081`, `${hereAddress.ipv4}:8080`])
      equal(answer(outside, place), '200', place)
    equal(answer(outside, `[${hereAddress.ipv6}]:8082`), 'none')
    equal(here('dig', '+short', '+tries=1', '-p', '5353', '@::1', 'own.test').trim(), '192.0.2.53')
    equal(outside('dig', '+short', '+tries=1', '-p', '5353', `@${hereAddress.ipv6}`, 'own.test').trim(), '192.0.2.53')
    match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
  })

  await t.test('changed ports are changed in place, and a connection by another port goes on', async () => {
    const client = spawn('nsenter', [...within.here.slice(1), 'busybox', 'nc', '::1', '8080'])
    let text = ''
    client.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    client.stdin.write('GET /hostname HTTP/1.0\r\n')
    lab.write('all.yaml', manifest('"8080:80", "9001:80"'))
    match((await lab.expect(0, '--once', lab.manifests)).stdout, /proxy +ports +held +not as published: four/)
    deepEqual([answer(here, '[::1]:9001'), answer(here, '[::1]:9000')], ['200', 'none'])
    client.stdin.write('\r\n')
    await eventually(
      () => text.includes('200 OK'),
      5000,
      () => `the open connection is lost: ${text}`,
    )
    client.kill('SIGKILL')
  })

  await t.test('killed, a plan says so, and a watcher has it back within a second', async () => {
    kill()
    match(
      (await lab.expect(2, 'drift', lab.manifests)).stdout,
      /container four +ports +desired held .*kernel not held +in place: serve/,
    )
    match((await lab.expect(2, 'plan', lab.manifests)).stdout, /proxy +ports +hold +not as published: four, names, six/)
    await lab.expect(0, '--once', lab.manifests)
    equal(answer(here, '[::1]:8080'), '200')
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    kill()
    const killed = performance.now()
    await eventually(
      () => answer(here, '[::1]:8080') === '200',
      5000,
      () => watcher.output(),
    )
    t.diagnostic(`back after ${Math.round(performance.now() - killed)} ms`)
    match(await watcher.until(/proxy +ports +held/), /not as published/)
    await watcher.kill('SIGTERM')
  })

  await t.test('stopped, it is told as that, and the next pass has another one in its place', async () => {
    const hung = proxyPid(lab.run) ?? 0
    process.kill(hung, 'SIGSTOP')
    const told = new RegExp(`container four +ports +desired held .*kernel proxy \\(pid ${hung}\\) hangs`)
    match((await lab.expect(2, 'drift', lab.manifests)).stdout, told)
    await lab.expect(0, '--once', lab.manifests)
    notEqual(proxyPid(lab.run), hung)
    equal(answer(here, '[::1]:8080'), '200')
  })

  await t.test('a port that a program of the host has taken meanwhile is named, and the others are held', async () => {
    kill()
    const taker = spawn('nsenter', [...within.here.slice(1), process.execPath, '-e', taking])
    t.after(() => void taker.kill('SIGKILL'))
    await eventually(
      () => here('ss', '-Hltn', 'sport', '=', ':9001').includes('9001'),
      5000,
      () => 'nobody has the port',
    )
    const { stdout } = await lab.expect(1, '--once', lab.manifests)
    match(stdout, /proxy +ports +not held.*listen at \[::\]:9001\/tcp: address already in use \(EADDRINUSE\)/)
    equal(answer(here, '[::1]:8080'), '200')
    taker.kill('SIGKILL')
    await eventually(
      () => !here('ss', '-Hltn', 'sport', '=', ':9001').includes('9001'),
      5000,
      () => 'somebody has the port still',
    )
    await lab.expect(0, '--once', lab.manifests)
    equal(answer(here, '[::1]:9001'), '200')
  })

  await t.test('the end of a container closes its ports, and its restart opens them', async () => {
    const stopped = 'networks: [front]\n  state: stopped'
    lab.write('all.yaml', manifest('"8080:80"').replace('networks: [front]', stopped))
    await lab.expect(0, '--once', lab.manifests)
    deepEqual([answer(here, '[::1]:8080'), answer(here, '[::1]:8081')], ['none', '200'])
    lab.write('all.yaml', manifest('"8080:80"'))
    await lab.expect(0, '--once', lab.manifests)
    equal(answer(here, '[::1]:8080'), '200')
  })

  await lab.expect(0, 'down', lab.manifests)
  await eventually(
    () => proxyPid(lab.run) === undefined,
    2000,
    () => 'the proxy outlives its last container',
  )
  equal(facts(), before)
  deepEqual(readdirSync(lab.run), [])

  function kill(): void {
    const pid = proxyPid(lab.run)
    ok(pid !== undefined, 'there is no proxy')
    process.kill(pid, 'SIGKILL')
  }
})
