/** Users are promised: `why NAME:PORT --from X` says whether a packet of X's process comes to NAME's, as it then does or doesn't. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { networkText } from '../support/manifest-text.ts'
import { openNetPlace } from '../support/net-place.ts'

const container = (name: string, rest: string, command = 'sleep, infinity', project = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name}${project} }
spec:
  rootfs: host
  command: [${command}]
  stop: { signal: SIGKILL }
  ${rest}
`
const echo = 'busybox, nc, -ll, -p, "7000", -e, cat'
const manifest = [
  networkText('front', 'subnet: 10.81.0.0/24'),
  networkText('back', 'subnet: 10.82.0.0/24'),
  networkText('vault', 'subnet: 10.83.0.0/24, internal: true'),
  container('app', 'networks: [front]'),
  container('far', 'networks: [back]'),
  container('kept', 'networks: [vault]'),
  container('alone', 'namespaces: { net: none }'),
  container('shy', 'networks: [front]', 'busybox, httpd, -f, -p, "127.0.0.1:7000"'),
  container('web', 'networks: [front]\n  ports: ["8080:7000"]', echo, ', project: shop'),
  container('host', 'namespaces: { net: host }', 'busybox, nc, -ll, -p, "7001", -e, cat'),
].join('---\n')

test('the way from a container, from this host and from others, as packets then go', async t => {
  const place = await openNetPlace(t)
  const { lab, here, outside } = place
  lab.write('all.yaml', manifest)
  await lab.expect(0, '--once', lab.manifests)
  const headline = async (exit: number, asked: string, from: string) => {
    const { stdout } = await lab.expect(exit, 'why', asked, '--from', from)
    return stdout.split('\n')[0]
  }
  /** do bytes come back? pid null: from another host */
  const comes = (pid: number | null, address: string, port: number) => {
    const talk = `exec 3<>/dev/tcp/${address}/${port} && echo hello >&3 && head -1 <&3`
    const run = pid === null ? outside : (...words: string[]) => here('nsenter', '--net', `--target=${pid}`, ...words)
    return run('sh', '-c', `timeout 1 bash -c '${talk}' 2>/dev/null || echo no`).trim()
  }
  const app = await lab.pid('app')
  const far = await lab.pid('far')

  await t.test(
    'on one network: hop by hop, with names of members; the port of the host is told as its own',
    async () => {
      const { stdout } = await lab.expect(0, 'why', 'shop/web:7000', '--from', 'app')
      match(stdout, /^shop\/web, port 7000\/tcp can be reached from app\.\n  ok +sender +app runs\n/)
      match(stdout, /^  ok +name +web is 10\.81\.0\.\d \(shop\/web\) for app$/m)
      match(stdout, /^  ok +leaves +10\.81\.0\.\d \(shop\/web\) leaves by eth0$/m)
      const address = /interface +eth0 has ([\d.]+) \(shop\/web\)/.exec(stdout)?.[1] ?? ''
      equal(comes(app, address, 7000), 'hello')
      const mistaken = (await lab.expect(1, 'why', 'shop/web:8080', '--from', 'app')).stdout
      match(mistaken, /\n +8080 is its port on this host: app asks for shop\/web:7000$/m)
      match(
        (await headline(1, 'shy:7000', 'app')) ?? '',
        /^shy, port 7000\/tcp can't be reached from app: listener: busybox \(pid \d+\) listens on 127\.0\.0\.1 alone, /,
      )
    },
  )

  await t.test('from another network: what is published, through the host; nothing else', async () => {
    equal(
      await headline(1, 'shy:7000', 'far'),
      "shy, port 7000/tcp can't be reached from far: network: they share no network, and 7000/tcp is not published: far is on back, shy is on front.",
    )
    match(
      (await lab.expect(0, 'why', 'shop/web:8080', '--from', 'far')).stdout,
      /^  ok +network +they share no network: through 10\.82\.0\.1, this host on network back, whose 8080\/tcp is published$/m,
    )
    equal(comes(far, '10.82.0.1', 8080), 'hello')
    match(
      (await headline(1, 'shop/web:8080', 'kept')) ?? '',
      /network: .* nothing leaves internal networks: kept is on vault/,
    )
    match((await headline(1, 'shop/web:8080', 'alone')) ?? '', /from alone: network: alone is on no network\.$/)
  })

  await t.test('a container with the host’s network is this host; an address is whoever has it', async () => {
    equal(await headline(0, 'shop/web:8080', 'host'), 'shop/web, port 8080/tcp can be reached from this host.')
    equal(await headline(0, 'shop/web:8080', '127.0.0.1'), 'shop/web, port 8080/tcp can be reached from this host.')
    match((await headline(1, 'app:80', 'host')) ?? '', /listens on 80\/tcp: it listens on no port\.$/)
    equal(await headline(0, 'host:7001', 'far'), 'host, port 7001/tcp can be reached from far.')
    equal(comes(far, '10.82.0.1', 7001), 'hello')
    equal(await headline(0, 'shop/web:8080', '192.0.2.2'), 'shop/web, port 8080/tcp can be reached from 192.0.2.2.')
    equal(comes(null, '192.0.2.1', 8080), 'hello')
    match(
      (await headline(1, 'shop/web:8080', '198.51.100.1')) ?? '',
      /answers: this host has no route to 198\.51\.100\.1\.$/,
    )
    match((await headline(1, 'shy:7000', 'outside')) ?? '', /rule: 7000\/tcp is not published: other hosts reach/)
  })

  await t.test('a rule of others that stops it is named with what to do, and then it comes', async () => {
    here('iptables-nft', '-P', 'INPUT', 'DROP')
    const { stdout } = await lab.expect(1, 'why', 'host:7001', '--from', 'far')
    match(stdout, /^host, .* from far: filter: policy drop of chain INPUT in table ip filter\.$/m)
    equal(comes(far, '10.82.0.1', 7001), 'no')
    here(...(/`(iptables -I INPUT [^`]*)`/.exec(stdout)?.[1] ?? 'false').split(' '))
    equal(comes(far, '10.82.0.1', 7001), 'hello')
    equal(await headline(0, 'host:7001', 'far'), 'host, port 7001/tcp can be reached from far.')
    here('nft', 'delete', 'table', 'ip', 'filter')
  })

  await t.test('what the sender lacks is told of the sender; JSON names the hop', async () => {
    here('nsenter', '--net', `--target=${app}`, 'ip', 'route', 'add', '10.81.0.0/25', 'dev', 'lo')
    const json = async () =>
      JSON.parse((await lab.expect(1, 'why', 'shop/web:7000', '--from', 'app', '--output', 'json')).stdout)[0]
    const { from, reachable, firstBroken, hops } = await json()
    deepEqual([from, reachable, firstBroken], ['container app', false, 'leaves'])
    match(
      hops.find(({ verdict }: { verdict: string }) => verdict === 'broken').text,
      /^10\.81\.0\.\d \(shop\/web\) leaves by lo, by its own route 10\.81\.0\.0\/25$/,
    )
    here('nsenter', '--net', `--target=${app}`, 'ip', 'route', 'delete', '10.81.0.0/25')
  })

  await t.test('words that mean nothing are refused', async () => {
    match((await lab.expect(1, 'why', 'shop/web:7000', '--from', 'nobody')).stderr, /^nobody is not on this host; /)
    match(
      (await lab.expect(64, 'why', 'app', '--from', 'far')).stderr,
      /^--from asks for the way to a port: write app:80$/m,
    )
  })
  await lab.expect(0, 'down', lab.manifests)
})
