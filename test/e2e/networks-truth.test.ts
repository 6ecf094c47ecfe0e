/**
 * Users are promised: what somebody changes of links, addresses, routes, rules and forwarding is told by `drift`, heard and put
 * right in place, while the connections of others stay open; and a container sees no network but its own.
 */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { eventually, makeLab } from '../support/lab.ts'
import { networkText } from '../support/manifest-text.ts'
import { hereAddress, type NetPlace, openNetPlace } from '../support/net-place.ts'

const container = (name: string, command: string, rest: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [${command}]
  stop: { signal: SIGKILL }
  ${rest}
`
const ipForward = '/proc/sys/net/ipv4/ip_forward'
const manifest = [
  networkText('front', 'subnet: 10.76.0.0/24, subnet6: "fd00:76::/64"'),
  networkText('back', 'subnet: 10.77.0.0/24'),
  container('app', 'sleep, infinity', 'networks: [front]'),
  container('echo', 'busybox, nc, -ll, -p, "7000", -e, cat', 'networks: [front]\n  ports: ["8080:7000"]'),
].join('---\n')

test('what is changed by hand is told, heard and healed, and connections of others stay open', async t => {
  const place = await openNetPlace(t)
  const { lab, here, facts } = place
  const before = facts()
  lab.write('all.yaml', manifest)
  await lab.expect(0, '--once', lab.manifests)
  const pids = { app: await lab.pid('app'), echo: await lab.pid('echo') }
  const inside = (...words: string[]) => here('nsenter', '--net', `--target=${pids.app}`, ...words)
  const front = named(here('ip', '-o', 'address', 'show', 'to', '10.76.0.1'), /(rc-[0-9a-f]{12})/)
  const veth = () => named(inside('ip', '-o', 'link', 'show', 'eth0'), /@if(\d+)/)
  const hostEnd = () => named(here('ip', '-o', 'link'), new RegExp(`^${veth()}: (rv\\w+)@`, 'm'))
  const talk = await conversation(t, place)

  await t.test('as applied, nothing is told', async () => {
    const { stdout } = await lab.expect(0, 'drift', lab.manifests)
    equal(stdout, 'nothing has drifted: 2 containers and 2 networks are as last applied\n')
  })

  await t.test('`drift` tells the three values of each, `why` and `inspect` of those that it concerns', async () => {
    const end = hostEnd()
    inside('ip', 'link', 'set', 'eth0', 'mtu', '1400')
    inside('ip', 'route', 'delete', 'default')
    here('ip', 'link', 'set', end, 'type', 'bridge_slave', 'hairpin', 'off')
    here('ip', 'route', 'delete', '10.76.0.0/24')
    inside('sh', '-c', 'echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra')
    here('sh', '-c', `echo 0 > /proc/sys/net/ipv4/conf/${front}/route_localnet`)
    here('nft', 'flush', 'ruleset')
    here('sh', '-c', `echo 0 > ${ipForward}`)
    const { drifts } = JSON.parse((await lab.expect(2, 'drift', '--output', 'json', lab.manifests)).stdout)
    deepEqual(
      drifts.map(({ kind, name, field, desired, kernel, repair }: Record<string, string>) =>
        [kind, name, field, desired, kernel, repair].join('; '),
      ),
      [
        'container; app; eth0 accept_ra; 0; 2; in place: reconnect',
        'container; app; eth0 mtu; 1500; 1400; in place: reconnect',
        'container; app; eth0 hairpin; on; off; in place: reconnect',
        'container; app; eth0 default route; 10.76.0.1; missing; in place: reconnect',
        'network; back; net.ipv4.ip_forward; 1; 0; in place: write 1',
        `network; front; ${front} route; 10.76.0.0/24; missing; in place: put right`,
        `network; front; ${front} route_localnet; 1; 0; in place: put right`,
        'ruleset; nftables; rules; as applied; absent; in place: apply',
      ],
    )
    match(
      (await lab.expect(2, 'drift', lab.manifests)).stdout,
      /\n1 of 2 containers and 2 of 2 networks and the packet filter have drifted\. .* repairs them\.\n$/,
    )
    const doctor = (await lab.expect(0, 'doctor')).stdout.replaceAll(/\s+/g, ' ')
    match(doctor, /network table inet reconcile-\w+ is missing: published ports answer nobody /)
    match(doctor, /network network front: rc-\w+ has no route to 10\.76\.0\.0\/24, .*route_localnet is 0 /)
    match(
      (await lab.expect(0, 'why', 'app')).stdout,
      /^app is running, but accept_ra of eth0 is 2, eth0 has mtu 1400, /,
    )
    match((await lab.expect(0, 'inspect', 'app', 'fields')).stdout, /^network front .*eth0 has mtu 1400, .* drifted$/m)
    match((await lab.expect(0, 'networks', 'ls')).stdout, /^front .* open, drifted /m)
    const { drift } = JSON.parse((await lab.expect(0, 'networks', 'inspect', 'front')).stdout)
    deepEqual(
      drift.map(({ field, kernel }: { field: string; kernel: string }) => `${field} ${kernel}`),
      [`${front} route missing`, `${front} route_localnet 0`],
    )
  })

  await t.test('a watcher puts each right at once under the same processes', async () => {
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    const [forwarding, rules] = [() => here('cat', ipForward).trim(), () => here('nft', 'list', 'ruleset')]
    const ofApp = () => inside('ip', '-o', 'address', 'show', 'dev', 'eth0') + inside('ip', 'route')
    const sound = () => ({
      app: ofApp()
        .replace(/^.* fe80:.*\n/gm, '')
        .replace(/^\d+:/gm, ''),
      rules: rules(),
      forwarding: forwarding(),
    })
    const [right, routes] = [sound(), here('ip', 'route')]
    for (const [what, spoil] of [
      ['pair', () => inside('ip', 'link', 'delete', 'eth0')],
      ['address', () => inside('ip', 'address', 'flush', 'dev', 'eth0', 'scope', 'global')],
      ['routes', () => inside('ip', 'route', 'flush', 'dev', 'eth0')],
      ['the host’s route', () => here('ip', 'route', 'delete', '10.76.0.0/24')],
      ['name of the bridge', () => here('ip', 'link', 'set', front, 'name', 'mine')],
      ['bridge up', () => here('ip', 'link', 'set', front, 'down')],
      ['IPv6', () => inside('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6')],
      ['port', () => here('ip', 'link', 'set', hostEnd(), 'nomaster')],
      ['forwarding', () => here('sh', '-c', `echo 0 > ${ipForward}`)],
      ['rules', () => here('nft', 'flush', 'ruleset')],
    ] as const) {
      spoil()
      const isRight = () => {
        const up = here('ip', '-o', 'link', 'show', 'up')
        const port = here('ip', '-o', 'link', 'show', 'master', front)
        return (
          up.includes(front) && port.split('\n').length === 3 && here('ip', 'route') === routes && same(sound(), right)
        )
      }
      // without the event nothing would look there for 30 s
      const ms = await eventually(
        () => attempt(isRight),
        5000,
        () =>
          `${what}: ${watcher.output()}\n${JSON.stringify([sound(), right].map(one => ({ ...one, rules: one.rules.length })))}\n${here('ip', 'route')}${routes}${here('ip', '-o', 'link')}`,
      )
      t.diagnostic(`${what}: ${Math.round(ms)} ms`)
      await talk()
    }
    await watcher.kill('SIGTERM')
    deepEqual({ app: await lab.pid('app'), echo: await lab.pid('echo') }, pids)
    match((await lab.expect(0, 'drift', lab.manifests)).stdout, /^nothing has drifted/)
  })

  await t.test('`why` has one line for each that concerned it', async () => {
    const lines = (await lab.expect(0, 'why', 'app')).stdout.split('\n')
    const told = (pattern: RegExp) => lines.filter(line => pattern.test(line)).length
    equal(told(/ reconnected, in place +eth0 is missing$/), 1)
    equal(told(/ reconnected, in place +eth0 lacks 10\.76\.0\.2\/24, /), 1)
    equal(told(/ network front put right, in place +bridge rc-\w+ is called mine$/), 1)
    ok(told(/ forwarding turned on again +net\.ipv4\.ip_forward is 0$/) >= 1, lines.join('\n'))
    ok(told(/ packet filter applied again +somebody changed the packet filter$/) >= 1, lines.join('\n'))
  })

  await t.test('a container sees no links, routes, neighbours and sockets but its own', async () => {
    await hostProgram(t, place)
    here('ip', 'neighbour', 'replace', '192.0.2.77', 'lladdr', '02:00:00:00:00:77', 'dev', 'wan')
    const files = ['dev', 'route', 'arp', 'tcp', 'udp', 'unix']
    const script = `for f in ${files.join(' ')}; do echo "== $f"; cat /proc/net/$f; done; echo "== sys"; ls /sys/class/net`
    const seen = sections((await lab.expect(0, 'exec', 'app', 'sh', '-c', script)).stdout)
    const host = sections(here('sh', '-c', script))
    const marks = { dev: /wan/, route: /wan/, arp: /192\.0\.2\.77/, tcp: /:15B3 /, udp: /:15B4 /, unix: /@of-the-host/ }
    for (const [name, mark] of Object.entries(marks)) {
      match(host[name] ?? '', mark, `the host's ${name}`)
      doesNotMatch(seen[name] ?? '', mark, name)
      ok(seen[name] !== undefined, `nothing of ${name}`)
    }
    deepEqual(seen['sys']?.trim().split('\n'), ['eth0', 'lo'])
    // as docs/networks.md says: the host's own addresses are reached, also those of other networks' gateways
    for (const address of ['10.76.0.1', '10.77.0.1', hereAddress.ipv4])
      inside('bash', '-c', `exec 3<>/dev/tcp/${address}/5555`)
  })

  await t.test(
    '`why NAME:PORT` names the first place where a packet ends, `doctor` who stops it, and both what to do',
    async () => {
      match((await lab.expect(0, 'why', 'echo:8080')).stdout, /^echo, port 8080\/tcp can be reached\.\n  ok +address /)
      here('iptables-nft', '-P', 'FORWARD', 'DROP')
      const { stdout } = await lab.expect(1, 'why', 'echo:8080')
      match(
        stdout,
        /^echo, port 8080\/tcp can't be reached: filter: policy drop of chain FORWARD in table ip filter\.$/m,
      )
      match(
        stdout,
        /^  broken +filter .*\n +`iptables -I FORWARD -i rc-\w+ -j ACCEPT` and `iptables -I FORWARD -o rc-\w+ -j ACCEPT`$/m,
      )
      match(stdout, /^  ok +listener +busybox \(pid \d+\) listens on 7000\/tcp$/m)
      match(
        (await lab.expect(0, 'why', 'echo')).stdout,
        /^  port 8080\/tcp can't be reached: policy drop of chain FORWARD/m,
      )
      match(
        (await lab.expect(0, 'doctor')).stdout,
        /^network +policy drop of chain FORWARD in table ip filter: packets to published ports, /m,
      )
      const advised =
        /`(iptables -I FORWARD -i \S+ -j ACCEPT)` and `(iptables -I FORWARD -o \S+ -j ACCEPT)`/.exec(stdout) ?? []
      for (const command of advised.slice(1)) here(...command.split(' '))
      await talk()
      match((await lab.expect(0, 'why', 'echo:8080')).stdout, /can be reached/)
      const { firstBroken } = JSON.parse((await lab.expect(1, 'why', 'app:81', '--output', 'json')).stdout)[0]
      equal(firstBroken, 'listener')
      here('nft', 'delete', 'table', 'ip', 'filter')
    },
  )

  await t.test(
    'a second data-root in the same place has networks of its own, and leaves what was there before it',
    async () => {
      const [host, second] = [facts(), makeLab(t)]
      const { expect } = second.by(`${lab.folder}/reconcile`)
      const ports = 'networks: [front]\n  ports: ["8081:7000"]'
      const other = [networkText('front', ''), container('echo', 'busybox, nc, -ll, -p, "7000", -e, cat', ports)]
      second.write('all.yaml', other.join('---\n'))
      await expect(0, '--once', second.manifests)
      for (const [run, manifests] of [
        [lab.expect, lab.manifests],
        [expect, second.manifests],
      ] as const)
        match((await run(0, 'drift', manifests)).stdout, /^nothing has drifted/)
      equal(here('nft', 'list', 'tables').match(/reconcile-/g)?.length, 2)
      await talk()
      await expect(0, 'down', second.manifests)
      equal(facts(), host)
    },
  )

  await t.test('a container with another name is known to all members, in the same hosts files', async () => {
    const hosts = `${lab.root}/containers/${(await lab.inspect('app')).id}/hosts`
    const { ino } = lstatSync(hosts)
    match(readFileSync(hosts, 'utf8'), /^10\.76\.0\.3\techo$/m)
    lab.write('all.yaml', manifest.replace('{ name: echo }', '{ name: repeater }'))
    await lab.expect(0, '--once', lab.manifests)
    equal(lstatSync(hosts).ino, ino)
    match(readFileSync(hosts, 'utf8'), /\trepeater$/m)
    doesNotMatch(readFileSync(hosts, 'utf8'), /echo/)
    equal(await lab.pid('app'), pids.app)
  })

  await lab.expect(0, 'down', lab.manifests)
  equal(facts(), before)
})

const named = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b)

function attempt(holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    return false
  }
}

/** An open connection from another host to the published port; asks over it, and fails if it doesn't answer. */
async function conversation(t: TestContext, { within }: NetPlace): Promise<() => Promise<void>> {
  const [command = '', ...words] = within.outside
  const child: ChildProcess = spawn(command, [...words, 'busybox', 'nc', hereAddress.ipv4, '8080'])
  t.after(() => void child.kill('SIGKILL'))
  let heard = ''
  child.stdout?.on('data', chunk => (heard += chunk))
  let asked = 0
  const ask = async () => {
    asked += 1
    child.stdin?.write(`${asked}\n`)
    await eventually(
      () => heard.endsWith(`${asked}\n`) && child.exitCode === null,
      10_000,
      () => `no answer to ${asked}: ${heard}`,
    )
  }
  await ask()
  return ask
}

/** A program of the host with a socket of each kind. */
async function hostProgram(t: TestContext, { within }: NetPlace): Promise<void> {
  const script = `
    require('net').createServer().listen(0x15b3, '0.0.0.0', () => console.log('ready'))
    require('net').createServer().listen('\\0of-the-host')
    require('dgram').createSocket('udp4').bind(0x15b4)`
  const [command = '', ...words] = within.here
  const child = spawn(command, [...words, process.execPath, '-e', script])
  t.after(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
}

/** `== name` and what follows it, by name. */
const sections = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(/^== /m).map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  )
