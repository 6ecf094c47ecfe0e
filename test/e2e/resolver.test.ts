import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../support/lab.ts'
import { dnsmasq, makeResolvConf, resolverPid, serveUpstream } from '../support/name-server.ts'
import { hereAddress, openNetPlace } from '../support/net-place.ts'

const container = (name: string, rest: string, command = '[sleep, infinity]') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: ${command}
  stop: { signal: SIGKILL }
  ${rest}
`
const network = (name: string, spec: string) => `apiVersion: reconcile/v1
kind: Network
metadata: { name: ${name} }
spec: { ${spec} }
`
const own = JSON.stringify([...dnsmasq, '--address=/own.test/192.0.2.53'])
const manifest = [
  network('front', 'subnet: 10.210.0.0/24, subnet6: "fd00:210::/64"'),
  network('back', 'subnet: 10.211.0.0/24, internal: true'),
  container('web', 'networks: [{ name: front, aliases: [www] }, back]'),
  container('app', 'networks: [front]'),
  container('db', 'networks: [{ name: back, address: 10.211.0.9 }]'),
  container('names', 'networks: [front]', own),
  container('first', 'networks: [back]\n  restart: { policy: "no" }', '[dig, +short, +tries=1, +time=2, db]'),
].join('---\n')

test('programs that ask 127.0.0.11 learn the names of their networks, and all others of the name servers of the host', async t => {
  const resolvConf = makeResolvConf(t, 'nameserver 127.0.0.53\nsearch example.test\noptions edns0\n')
  const place = await openNetPlace(t, resolvConf)
  const { lab, here, facts } = place
  const upstream = serveUpstream(t, place)
  const before = facts()
  lab.write('all.yaml', manifest)
  await lab.expect(0, '--once', lab.manifests)
  match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
  const pids = Object.fromEntries(
    await Promise.all(['web', 'app', 'db', 'names'].map(async name => [name, await lab.pid(name)])),
  )
  const inside = (name: string, ...words: string[]) =>
    here('nsenter', '--net', '--mount', `--target=${pids[name]}`, ...words)
  const dig = (name: string, ...words: string[]) => inside(name, 'dig', '+tries=1', '+time=4', ...words)
  const short = (name: string, ...words: string[]) => dig(name, '+short', ...words).trim()

  await t.test('no reconcile process is needed for that, and a first instruction may ask', async () => {
    equal((await lab.expect(0, 'logs', 'first')).stdout.trim(), '10.211.0.9')
    match(
      inside('app', 'cat', '/etc/resolv.conf'),
      /^search example\.test\nnameserver 127\.0\.0\.11\noptions edns0 ndots:0\n$/,
    )
  })

  await t.test('members have addresses by name and alias, and names by address; of every kind, by UDP and TCP', () => {
    const four = short('app', 'web')
    match(four, /^10\.210\.0\.\d+$/)
    equal(short('app', 'www'), four)
    equal(short('app', 'WEB.'), four)
    equal(short('app', '+tcp', 'web'), four)
    equal(short('app', '+noedns', 'web'), four)
    match(short('app', 'web', 'AAAA'), /^fd00:210::[0-9a-f]+$/)
    equal(short('app', '-x', four), 'web.')
    equal(short('app', '-x', short('app', 'web', 'AAAA')), 'web.')
    equal(short('app', 'web', 'ANY').split('\n').length, 2)
    for (const kind of ['TXT', 'SOA', 'MX', 'SRV', 'NS', 'CAA', 'HTTPS', 'TYPE999'])
      match(dig('app', 'web', kind), /status: NOERROR[^]*ANSWER: 0,/, kind)
    match(dig('db', 'web', 'AAAA'), /status: NOERROR[^]*ANSWER: 0,/)
    match(inside('app', 'getent', 'ahosts', 'web'), /STREAM/)
  })

  await t.test('a container knows its own networks alone, and one without a way out asks nobody else', () => {
    equal(short('db', 'web'), '10.211.0.3')
    match(dig('app', 'db'), /status: NXDOMAIN/)
    match(dig('db', 'host.example.test'), /status: SERVFAIL/)
    match(dig('db', 'app'), /status: SERVFAIL/)
  })

  await t.test('other names come from the host, whose name server may be its loopback; large ones by TCP', () => {
    equal(short('app', 'host.example.test'), '192.0.2.80')
    equal(short('app', '+tcp', 'host.example.test'), '192.0.2.80')
    equal(short('app', 'mail.example.test', 'MX'), '10 host.example.test.')
    match(dig('app', 'missing.example.test'), /status: NXDOMAIN/)
    match(dig('app', '+ignore', 'large.example.test', 'TXT'), /flags: qr[^;]* tc/)
    equal(short('app', 'large.example.test', 'TXT').split('\n').length, 30)
  })

  await t.test('port 53 stays free for the programs of a container', () => {
    equal(short('app', '@names', 'own.test'), '192.0.2.53')
    equal(short('app', '@names', '+tcp', 'own.test'), '192.0.2.53')
    match(short('names', 'web'), /^10\.210\.0\.\d+$/)
  })

  await t.test(
    'a name server that is silent delays a question by two seconds, and the next ones not at all',
    async () => {
      writeFileSync(resolvConf, 'nameserver 192.0.2.99\nnameserver 127.0.0.53\n')
      await eventually(
        () => took(() => short('app', 'host.example.test')) > 1500,
        5000,
        () => 'it was not read again',
      )
      ok(took(() => short('app', 'host.example.test')) < 1000)
      ok(took(() => short('app', 'web')) < 1000)
      writeFileSync(resolvConf, 'nameserver 127.0.0.53\n')
    },
  )

  await t.test(
    'killed, it is told as drift, the next pass has it back, and a watcher hears of it: the same containers are answered',
    async () => {
      const kill = () => process.kill(resolverPid(lab.run) ?? Number.NaN, 'SIGKILL')
      kill()
      const planned = (await lab.expect(2, 'plan', lab.manifests)).stdout
      match(planned, /resolver +127\.0\.0\.11 +start +nobody answers 4 containers/)
      match(
        (await lab.expect(2, 'drift', lab.manifests)).stdout,
        /^  ! container app +names +desired answered +recorded answered +kernel no resolver +in place: serve$/m,
      )
      match((await lab.expect(0, 'ps')).stdout, /^app .* names /m)
      match((await lab.expect(0, 'networks', 'ls')).stdout, /^back .* internal, drifted /m)
      match((await lab.expect(0, 'why', 'app')).stdout, /^app is running, but 127\.0\.0\.11 does not answer\.$/m)
      const found = /^network +127\.0\.0\.11 does not answer app, db, names, web: no process of ours does/m
      match((await lab.expect(0, 'doctor')).stdout.replaceAll(/\n {10}(?=\S)/g, ' '), found)
      await lab.expect(0, '--once', lab.manifests)
      match((await lab.expect(0, 'why', 'app')).stdout, / names served, in place +nobody answers 4 containers$/m)
      ok(works('app') && works('db'))
      const watcher = lab.watch(lab.manifests)
      await watcher.until(/watching/)
      kill()
      const killed = performance.now()
      // without the event nothing would look there for 30 s
      await eventually(
        () => resolverPid(lab.run) !== undefined,
        5000,
        () => watcher.output(),
      )
      t.diagnostic(`back after ${Math.round(performance.now() - killed)} ms`)
      match(await watcher.until(/127\.0\.0\.11 +answers/), /nobody answers 4 containers/)
      ok(works('app') && works('db'))
      await watcher.kill('SIGTERM')
      match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
    },
  )

  await t.test(
    'one that is stopped is told as that, and replaced within a pass; its sockets are made anew',
    async () => {
      const [hung = 0, names] = [resolverPid(lab.run), short('app', 'web')]
      process.kill(hung, 'SIGSTOP')
      const told = new RegExp(`the resolver \\(pid ${hung}\\) hangs: nobody answers 4 containers`)
      match((await lab.expect(2, 'plan', lab.manifests)).stdout, told)
      match(
        (await lab.expect(2, 'drift', lab.manifests)).stdout,
        new RegExp(`container app +names .* kernel resolver \\(pid ${hung}\\) hangs`),
      )
      await lab.expect(0, '--once', lab.manifests)
      notEqual(resolverPid(lab.run), hung)
      equal(short('app', 'web'), names)
      equal(short('db', '+tcp', 'web'), '10.211.0.3')
      match((await lab.expect(0, '--once', lab.manifests)).stdout, /nothing to do/)
    },
  )

  await t.test('one that hangs and can not be killed is told with that, and holds up a look for a second', async () => {
    const pid = resolverPid(lab.run)
    const frozen = `/sys/fs/cgroup/freezer/${basename(lab.folder)}`
    mkdirSync(frozen)
    writeFileSync(`${frozen}/cgroup.procs`, `${pid}`)
    const freeze = async (state: string) => {
      writeFileSync(`${frozen}/freezer.state`, state)
      await eventually(
        () => readFileSync(`${frozen}/freezer.state`, 'utf8').trim() === state,
        5000,
        () => state,
      )
    }
    try {
      await freeze('FROZEN')
      await lab.expect(1, '--once', '--timeout', '1s', lab.manifests)
      const failed = `the resolver \\(pid ${pid}\\) hangs, and can't be ended; is it frozen\\?`
      const begun = performance.now()
      const doctor = (await lab.expect(0, 'doctor')).stdout
      ok(performance.now() - begun < 5000)
      match(doctor, new RegExp(`127\\.0\\.0\\.11 does not answer .*: the last try failed: ${failed}`))
      await freeze('THAWED')
      await eventually(
        () => resolverPid(lab.run) === undefined,
        5000,
        () => 'it was to be killed',
      )
    } finally {
      writeFileSync(`${frozen}/freezer.state`, 'THAWED')
      await eventually(
        () => readFileSync(`${frozen}/cgroup.procs`, 'utf8') === '',
        5000,
        () => frozen,
      )
      rmdirSync(frozen)
    }
    await lab.expect(0, '--once', lab.manifests)
    ok(works('app') && works('db'))
  })

  await t.test('who joins and leaves is known at once; resolv.conf stays the same file', async () => {
    const { ino } = statSync(`${lab.root}/containers/${(await lab.inspect('app')).id}/resolv.conf`)
    lab.write('all.yaml', `${manifest}---\n${container('late', `networks: [front]\n  dns: [${hereAddress.ipv4}]`)}`)
    await lab.expect(0, '--once', lab.manifests)
    match(short('app', 'late'), /^10\.210\.0\.\d+$/)
    pids['late'] = await lab.pid('late')
    writeFileSync(resolvConf, 'nameserver 192.0.2.99\n')
    equal(short('late', 'host.example.test'), '192.0.2.80', 'its own name server')
    writeFileSync(resolvConf, 'nameserver 127.0.0.53\n')
    lab.write('all.yaml', manifest)
    await lab.expect(0, '--once', lab.manifests)
    match(dig('app', 'late'), /status: NXDOMAIN/)
    equal(statSync(`${lab.root}/containers/${(await lab.inspect('app')).id}/resolv.conf`).ino, ino)
  })

  upstream.kill()
  await lab.expect(0, 'down', lab.manifests)
  await eventually(
    () => resolverPid(lab.run) === undefined,
    2000,
    () => 'the resolver outlives its last container',
  )
  equal(facts(), before)
  deepEqual(readdirSync(lab.run), [])

  function works(name: string): boolean {
    try {
      return dig(name, '+time=1', '+short', 'web').startsWith('10.')
    } catch {
      return false
    }
  }
})

function took(work: () => unknown): number {
  const begun = performance.now()
  work()
  return performance.now() - begun
}
