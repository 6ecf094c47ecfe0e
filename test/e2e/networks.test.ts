import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { lstatSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually } from '../support/lab.ts'
import { networkText } from '../support/manifest-text.ts'
import { hereAddress, openNetPlace, outsideAddress } from '../support/net-place.ts'

const server = (name: string, rest: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [busybox, httpd, -f, -p, '[::]:80', -h, /etc]
  stop: { signal: SIGKILL }
  ${rest}
`
const manifest = [
  networkText('front', 'subnet6: "fd00:77::/64"'),
  networkText('back', 'subnet: 10.77.0.0/24, internal: true'),
  server(
    'web',
    `networks: [{ name: front, aliases: [www] }, back]\n  ports: ["8080:80", "${hereAddress.ipv4}:8081:80"]`,
  ),
  server('app', 'networks: [front]'),
  server('db', 'networks: [{ name: back, address: 10.77.0.9 }]'),
].join('---\n')

const fetching = (url: string, seconds: number) => [
  'curl',
  '-s',
  '-g',
  '-m',
  `${seconds}`,
  '-o',
  '/dev/null',
  '-w',
  '%{http_code}',
  url,
]

/** The answer of a server at this address, or `none`, which is known sooner where it is expected. */
function answer(run: (...words: string[]) => string, url: string, seconds = 5): string {
  try {
    return run(...fetching(`${url}/hostname`, seconds))
  } catch {
    return 'none'
  }
}

test('containers reach each other by name, the world reaches what is published, and nothing else; all of it heals and goes', async t => {
  const { lab, here, outside, facts } = await openNetPlace(t)
  const before = facts()
  lab.write('all.yaml', manifest)
  const planned = (await lab.expect(2, 'plan', lab.manifests)).stdout
  match(planned, /port 8080\/tcp on ALL addresses -> 80/)
  match(planned, /port 192\.0\.2\.1:8081\/tcp -> 80/)
  await lab.expect(0, '--once', lab.manifests)
  match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
  const pids = await pidsOf()
  const inside =
    (name: string) =>
    (...words: string[]) =>
      here('nsenter', '--net', '--mount', `--target=${pids[name]}`, ...words)

  await t.test('by name, by alias, by IPv4 and IPv6', async () => {
    for (const url of ['http://www', 'http://web', 'http://web:80', 'http://[fd00:77::3]'])
      equal(answer(inside('app'), url), '200', url)
    match(inside('app')('cat', '/etc/hosts'), /^10\.200\.0\.3\tweb www$/m)
    equal(answer(inside('web'), 'http://db'), '200')
    const { networkReceivedPackets } = JSON.parse(
      (await lab.expect(0, 'stats', '--no-stream', '--output', 'json', 'web')).stdout,
    )
    ok(networkReceivedPackets > 5, `${networkReceivedPackets} packets`)
    match((await lab.expect(0, 'stats', '--no-stream', 'web')).stdout, / RECEIVED +SENT\nweb .*[1-9]\S* +[1-9]\S*\n$/)
  })

  await t.test('published ports: from another host, from this one, from its loopback, from a container', () => {
    for (const [run, url] of [
      [outside, `http://${hereAddress.ipv4}:8080`],
      [outside, `http://[${hereAddress.ipv6}]:8080`],
      [outside, `http://${hereAddress.ipv4}:8081`],
      [here, `http://${hereAddress.ipv4}:8080`],
      [here, `http://[${hereAddress.ipv6}]:8080`],
      [here, 'http://127.0.0.1:8080'],
      [inside('app'), `http://${hereAddress.ipv4}:8080`],
    ] as const)
      equal(answer(run, url), '200', url)
    equal(answer(here, 'http://127.0.0.1:8081', 1), 'none')
  })

  await t.test('networks are apart, an internal one leads nowhere, and what is not published is not reached', () => {
    equal(answer(inside('app'), 'http://10.77.0.9', 1), 'none')
    outside('ip', 'route', 'add', '10.200.0.0/24', 'via', hereAddress.ipv4)
    equal(answer(outside, 'http://10.200.0.2', 1), 'none')
    equal(answer(inside('db'), `http://${outsideAddress.ipv4}`, 1), 'none')
    equal(inside('db')('ip', 'route').includes('default'), false)
    match(inside('app')('ip', 'route'), /^default via 10\.200\.0\.1 dev eth0/)
  })

  await t.test(
    'a deleted pair, a removed address, a deleted bridge and a flushed ruleset: a watcher hears of it and puts it right under the same processes',
    async () => {
      const wrong: readonly (() => unknown)[] = [
        () => inside('app')('ip', 'link', 'delete', 'eth0'),
        () => inside('app')('ip', 'address', 'flush', 'dev', 'eth0'),
        () => here('ip', 'link', 'delete', frontBridge()),
        () => here('nft', 'flush', 'ruleset'),
      ]
      const works = () =>
        answer(outside, `http://${hereAddress.ipv4}:8080`, 1) === '200' &&
        answer(inside('app'), 'http://web', 1) === '200'
      const watcher = lab.watch(lab.manifests)
      await watcher.until(/watching/)
      for (const spoil of wrong) {
        spoil()
        // without the event nothing would look there for 30 s
        await eventually(works, 5000, () => `${spoil} was not healed: ${watcher.output()}`)
      }
      await watcher.kill('SIGTERM')
      match(watcher.output(), /app +reconnect .*eth0 is missing/)
      match(watcher.output(), /front +repair .*bridge rc-\w+ is missing/)
      match(watcher.output(), /nftables +applied .*somebody changed the packet filter/)
      match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
      deepEqual(await pidsOf(), pids)
    },
  )

  await t.test(
    'another network, other ports and a new member come to running containers; hosts files stay the same files',
    async () => {
      const hosts = `${lab.root}/containers/${(await lab.inspect('app')).id}/hosts`
      const inode = lstatSync(hosts).ino
      lab.write('all.yaml', manifest.replace('aliases: [www]', 'aliases: [shop]'))
      await lab.expect(0, '--once', lab.manifests)
      match(readFileSync(hosts, 'utf8'), /\tweb shop$/m)
      const changed = manifest
        .replace('networks: [front]', 'networks: [front, back]')
        .replace('"8080:80"', '"9090:80"')
        .concat('---\n', server('new', 'networks: [{ name: front, aliases: [late] }]'))
      lab.write('all.yaml', changed)
      await lab.expect(0, '--once', lab.manifests)
      equal(answer(inside('app'), 'http://db'), '200')
      equal(answer(inside('app'), 'http://late'), '200')
      equal(answer(outside, `http://${hereAddress.ipv4}:9090`), '200')
      equal(answer(outside, `http://${hereAddress.ipv4}:8080`, 1), 'none')
      equal(lstatSync(hosts).ino, inode)
      match(readFileSync(hosts, 'utf8'), /\tdb$/m)
      const after = await pidsOf()
      deepEqual(Object.fromEntries(Object.keys(pids).map(name => [name, after[name]])), pids)
      match(
        (await lab.expect(0, 'ps')).stdout,
        /web .*10\.200\.0\.3,10\.77\.0\.2 +9090->80\/tcp,192\.0\.2\.1:8081->80\/tcp/,
      )
      match((await lab.expect(0, 'networks', 'ls')).stdout, /back +10\.77\.0\.0\/24 +rc-\w+ +internal +app, db, web/)
    },
  )

  await lab.expect(0, 'down', lab.manifests)
  equal(facts(), before)

  function frontBridge(): string {
    return /(rc-[0-9a-f]{12})/.exec(here('ip', '-o', 'address', 'show', 'to', '10.200.0.1'))?.[1] ?? ''
  }

  async function pidsOf(): Promise<Readonly<Record<string, number>>> {
    const rows = JSON.parse((await lab.expect(0, 'ps', '--output', 'json')).stdout) as readonly {
      name: string
      pid: number
    }[]
    return Object.fromEntries(rows.map(({ name, pid }) => [name, pid]))
  }
})
