/** Without a packet filter networks keep what they promise where nothing is forwarded, with ports by the proxy; elsewhere they are refused, and `firewall: none` accepts that. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { hereAddress, openNetPlace, outsideAddress } from '../support/net-place.ts'

const network = (name: string, spec = '{}') => `apiVersion: reconcile/v1
kind: Network
metadata: { name: ${name} }
spec: ${spec}
---
`
const container = (name: string, networks: string, rest = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [busybox, httpd, -f, -p, "80", -h, /etc]
  stop: { signal: SIGKILL }
  networks: [${networks}]
  ${rest}
---
`
const stack = (mall = '{}') =>
  network('shop', '{ subnet6: "fd00:77::/64" }') +
  network('mall', mall) +
  network('vault', '{ internal: true }') +
  container('web', 'shop', 'ports: ["8080:80", "127.0.0.1:8081:80"]') +
  container('app', 'shop') +
  container('lone', 'mall', 'ports: ["9090:80"]') +
  container('kept', 'vault')

const late = container('late', 'mall')
const missing = 'the program nft is missing \\(package nftables\\)'

test('a stack on a host without nftables: up, isolated, published; refused where packets are forwarded; with rules once there are some', async t => {
  const { lab, here, outside, facts } = await openNetPlace(t)
  const switches = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'] as const
  const turn = (value: 0 | 1) => void switches.map(name => here('sysctl', '-q', '-w', `${name}=${value}`))
  const turned = () => switches.map(name => here('sysctl', '-n', name).trim()).join(' ')
  turn(0)
  const before = facts()
  const wrapper = `${lab.folder}/without-nft`
  writeFileSync(wrapper, `#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin exec ${lab.folder}/reconcile "$@"\n`, {
    mode: 0o755,
  })
  const poor = lab.by(wrapper)
  const fetched = (run: (...words: string[]) => string, place: string, seconds = 5) => {
    try {
      return run('curl', '-s', '-m', `${seconds}`, '-o', '/dev/null', '-w', '%{http_code}', `http://${place}/hostname`)
    } catch {
      return 'none'
    }
  }
  const seen = async () =>
    JSON.parse((await lab.expect(0, 'ps', '--output', 'json')).stdout) as { name: string; pid: number }[]
  const pids = async () => Object.fromEntries((await seen()).map(({ name, pid }) => [name, pid]))
  const inside =
    (pid: number | undefined) =>
    (...words: string[]) =>
      here('nsenter', '--net', '--mount', `--target=${pid}`, ...words)
  const published = () => [
    ...['127.0.0.1:8080', '[::1]:8080', `${hereAddress.ipv4}:8080`, `[${hereAddress.ipv6}]:8080`, '127.0.0.1:8081'].map(
      place => fetched(here, place),
    ),
    ...[`${hereAddress.ipv4}:8080`, `[${hereAddress.ipv6}]:8080`, `${hereAddress.ipv4}:9090`].map(place =>
      fetched(outside, place),
    ),
  ]
  const allAnswer = Array.from({ length: 8 }, () => '200')
  lab.write('all.yaml', stack())
  const once = await poor.expect(0, '--once', lab.manifests)
  const at = await pids()
  const addressOf = (name: string) => /10\.200\.\d+\.\d+/.exec(inside(at[name])('ip', '-4', 'address'))?.[0] ?? ''

  await t.test('it comes up, and what is missing is said', async () => {
    for (const name of ['shop', 'mall'])
      match(
        once.stdout,
        new RegExp(
          `! network +${name} +no packet filter +${missing}: its containers reach no other hosts; ports by the proxy`,
        ),
      )
    match((await poor.expect(0, '--once', lab.manifests)).stdout, /nothing to do: 4 containers are as declared/)
    match((await poor.expect(0, 'doctor')).stdout, new RegExp(`network +no packet filter: ${missing}`))
    equal(turned(), '0 0')
    equal(here('nft', 'list', 'ruleset'), '')
  })

  await t.test('members know each other, networks are apart, and nobody leaves', () => {
    equal(fetched(inside(at['app']), 'web'), '200')
    equal(fetched(inside(at['app']), addressOf('lone'), 0.3), 'none')
    equal(fetched(inside(at['kept']), addressOf('web'), 0.3), 'none')
    const ping = (name: string) => {
      try {
        return inside(at[name])('ping', '-c', '1', '-W', '1', outsideAddress.ipv4)
      } catch {
        return 'none'
      }
    }
    deepEqual([ping('kept'), ping('app')], ['none', 'none'])
  })

  await t.test('published ports answer on all addresses, from everywhere, and why tells their way', async () => {
    deepEqual(published(), allAnswer)
    equal(fetched(outside, `${hereAddress.ipv4}:8081`, 0.3), 'none')
    match((await poor.expect(0, 'why', 'web:8080')).stdout, /can be reached\.\n[^]* ok +proxy +the proxy has 8080\/tcp/)
  })

  await t.test('where packets are forwarded, networks are refused, and nobody comes to them', async () => {
    turn(1)
    lab.write('all.yaml', stack() + late)
    const refused = await poor.expect(4, '--once', lab.manifests)
    match(
      refused.stdout,
      new RegExp(
        `x network +mall +blocked +no packet filter: ${missing}; net\\.ipv4\\.ip_forward is 1, so networks would reach one another`,
      ),
    )
    match(refused.stdout, /x container +late +blocked/)
    deepEqual(await pids(), at)
    lab.write('all.yaml', stack('{ firewall: none }') + late)
    await poor.expect(4, '--once', lab.manifests)
    equal(
      (await seen()).some(({ name }) => name === 'late'),
      true,
    )
    turn(0)
  })

  await t.test('with nftables there are rules, and forwarding behind them; what runs, runs on', async () => {
    await lab.expect(0, '--once', lab.manifests)
    equal(turned(), '1 1')
    deepEqual(await pids(), { ...(await pids()), ...at })
    deepEqual(published(), allAnswer)
    match(here('nft', 'list', 'ruleset'), /dport 8080 dnat/)
    equal(/9090/.test(here('nft', 'list', 'ruleset')), false)
    match((await lab.expect(0, 'networks', 'ls')).stdout, /mall .* unfiltered /)
    // filtered ones are apart all the same
    equal(fetched(inside(at['lone']), addressOf('web'), 0.3), 'none')
    equal(fetched(inside(at['kept']), addressOf('lone'), 0.3), 'none')
    equal(fetched(inside(at['app']), addressOf('lone')), '200')
    lab.write('all.yaml', stack() + late)
    await lab.expect(0, '--once', lab.manifests)
    deepEqual(published(), allAnswer)
    equal(fetched(inside(at['app']), addressOf('lone'), 0.3), 'none')
    match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
  })

  await lab.expect(0, 'down', lab.manifests)
  equal(facts(), before)
})
