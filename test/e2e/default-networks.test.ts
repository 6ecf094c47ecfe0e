/** A container that says nothing of networks is on one: its project's, or the bridge of the data-root. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually } from '../support/lab.ts'
import { hereAddress, openNetPlace } from '../support/net-place.ts'

const container = (name: string, command: string, rest = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name.replace(/^(\w+)\/(\w+)$/, '$2, project: $1')} }
spec:
  rootfs: host
  command: ${command}
  stop: { signal: SIGKILL }
  ${rest}
---
`
const server = '[busybox, httpd, -f, -p, "80", -h, /etc]'
const sleeping = '[sleep, "1000"]'
const naming = `links: ["db:database"]
  extraHosts: ["mirror:192.0.2.7", "metal:host-gateway"]
  dns: [192.0.2.53]`
const manifest = [
  container('web', server, 'ports: ["8080:80"]'),
  container('plain', sleeping),
  container('alone', sleeping, 'namespaces: { net: none }'),
  container('shop/db', server),
  container('shop/app', sleeping),
].join('')

test('without a word of networks containers reach each other by name within their project, and publish ports; nothing is left of it', async t => {
  const { lab, here, outside, facts } = await openNetPlace(t)
  const before = facts()
  const fetched = (run: (...words: string[]) => string, url: string, seconds = 5) => {
    try {
      return run('curl', '-s', '-m', `${seconds}`, '-o', '/dev/null', '-w', '%{http_code}', `${url}/hostname`)
    } catch {
      return 'none'
    }
  }
  const pidsOf = async () =>
    Object.fromEntries(
      (JSON.parse((await lab.expect(0, 'ps', '--output', 'json')).stdout) as { name: string; pid: number }[]).map(
        ({ name, pid }) => [name, pid] as const,
      ),
    )
  lab.write('all.yaml', manifest.replace('ports: ["8080:80"]', ''))

  // as an earlier version started them: each in a network namespace with nothing in it
  const without = await lab.expect(0, '--no-default-network', '--once', lab.manifests)
  equal(/network|nftables/.test(without.stdout), false, without.stdout)
  equal(facts(), before)
  const pids = await pidsOf()
  const inside =
    (name: string) =>
    (...words: string[]) =>
      here('nsenter', '--net', '--mount', `--target=${pids[name]}`, ...words)
  equal(inside('shop/app')('ls', '/sys/class/net').includes('eth0'), false)

  await t.test('they come to running containers, which go on', async () => {
    match(
      (await lab.expect(2, 'plan', lab.manifests)).stdout,
      /app +connect eth0 10\.200\.\d\.\d+ on shop_default +in place, pid/,
    )
    await lab.expect(0, '--once', lab.manifests)
    deepEqual(await pidsOf(), pids)
    match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
    const table = (await lab.expect(0, 'networks', 'ls')).stdout
    match(table, /bridge +10\.200\.0\.0\/24 +rc-\w+ +open +plain, web +default/)
    match(table, /shop_default +10\.200\.1\.0\/24 +rc-\w+ +open +shop\/app, shop\/db +default/)
  })

  await t.test('by name within a project, not across; none has a loopback alone', async () => {
    equal(fetched(inside('shop/app'), 'http://db'), '200')
    equal(fetched(inside('shop/app'), 'http://db.shop'), '200')
    equal(fetched(inside('plain'), 'http://web'), '200')
    const [address] = /10\.200\.1\.\d+/.exec(inside('shop/db')('ip', '-4', 'address', 'show', 'eth0')) ?? []
    notEqual(address, undefined)
    equal(fetched(inside('plain'), `http://${address}`, 1), 'none')
    match((await lab.expect(0, 'exec', 'alone', 'cat', '/proc/net/dev')).stdout, /\n +lo:[^\n]*\n$/)
  })

  await t.test(
    'published ports answer; links, added names and name servers come to what runs, in the same files',
    async () => {
      const etc = ['hosts', 'resolv.conf'].map(file => `/proc/${pids['shop/app']}/root/etc/${file}`)
      const inodes = etc.map(file => statSync(file).ino)
      lab.write('all.yaml', manifest.replace(container('shop/app', sleeping), container('shop/app', sleeping, naming)))
      await lab.expect(0, '--once', lab.manifests)
      deepEqual(await pidsOf(), pids)
      equal(fetched(outside, `http://${hereAddress.ipv4}:8080`), '200')
      equal(fetched(here, 'http://127.0.0.1:8080'), '200')
      equal(fetched(inside('shop/app'), 'http://database'), '200')
      equal(fetched(inside('shop/db'), 'http://database', 1), 'none')
      const [hosts = '', resolvConf = ''] = etc.map(file => readFileSync(file, 'utf8'))
      match(hosts, /^192\.0\.2\.7\tmirror\n10\.200\.1\.1\tmetal$/m)
      match(resolvConf, /^nameserver 127\.0\.0\.11\n/m)
      const names = `${lab.root}/containers/${(await lab.inspect('shop/app')).id}/names.json`
      match(readFileSync(names, 'utf8'), /"servers":\["192\.0\.2\.53"\].*"metal"/)
      deepEqual(
        etc.map(file => statSync(file).ino),
        inodes,
      )
    },
  )

  await t.test('a network goes with the last of its users, the others stay', async () => {
    lab.write('all.yaml', manifest.replaceAll('project: shop', 'project: mall'))
    await eventually(
      async () => !/shop/.test((await lab.expect(0, '--once', lab.manifests)).stdout),
      15_000,
      () => 'the project is still there',
    )
    const names = (await lab.expect(0, 'networks', 'ls')).stdout.match(/^\w+(?= +10)/gm)
    deepEqual(names, ['bridge', 'mall_default'])
    equal((await pidsOf())['web'], pids['web'])
  })

  await lab.expect(0, 'down', lab.manifests)
  equal(facts(), before)

  await t.test(
    'where there is no nft and packets are forwarded, a container starts without, and that is said',
    async () => {
      const wrapper = `${lab.folder}/without-nft`
      writeFileSync(wrapper, `#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin exec ${lab.folder}/reconcile "$@"\n`, {
        mode: 0o755,
      })
      const poor = lab.by(wrapper)
      lab.write('all.yaml', container('plain', sleeping))
      const noNetwork =
        /! container plain +no network +the program nft is missing \(package nftables\); net\.ipv4\.ip_forward is 1/
      match((await poor.expect(2, 'plan', '--root', `${lab.folder}/none`, lab.manifests)).stdout, noNetwork)
      const once = await poor.expect(0, '--once', lab.manifests)
      match(once.stdout, noNetwork)
      equal(facts(), before)
      await lab.expect(0, '--once', lab.manifests)
      match((await lab.expect(0, 'ps')).stdout, /plain .* 10\.200\.0\.2 /)
      await lab.expect(0, 'down', lab.manifests)
    },
  )
  equal(facts(), before)
})
