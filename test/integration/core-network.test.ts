/** Users are promised: a container's network is there before its program; it is put right in place; nothing of it is left. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import { bundle } from './core-bundle.ts'
import { failure, nothingIsLeft, value } from './core-lab.ts'
import { connected, ip, ipIn, openNetworkLab } from './network-lab.ts'

/** Says `hello` to whoever connects. */
async function greeter(t: TestContext, host: string): Promise<number> {
  const server = createServer(socket => socket.end('hello\n'))
  server.listen(0, host)
  await once(server, 'listening')
  t.after(() => void server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}

test('a program has its addresses and reaches its gateways from its first instruction', async t => {
  const lab = await openNetworkLab(t)
  const [v4, v6] = lab.gateways
  const ports = [await greeter(t, v4), await greeter(t, v6)]
  const script = `ip -o address show eth0; cat </dev/tcp/${v4}/${ports[0]}; cat </dev/tcp/${v6}/${ports[1]}`
  const { plan, containerId, log } = connected(lab, ['bash', '-c', script], 2)
  value(await lab.core.start(plan, noLimits))
  await lab.event({ type: 'exit', containerId, settled: true })
  for (const address of lab.interfaceOf(2).addresses) assert.ok(log().includes(` ${address} `), log())
  assert.equal(log().match(/"hello\\n"/g)?.length, 2, log())
})

test('containers of one network reach each other', async t => {
  const lab = await openNetworkLab(t)
  const server = connected(lab, ['busybox', 'nc', '-l', '-p', '7000', '-e', 'echo', 'from the other'], 2)
  value(await lab.core.start(server.plan, noLimits))
  const [address] = lab.interfaceOf(2).addresses[0]?.split('/') ?? []
  const script = `until exec 3<>/dev/tcp/${address}/7000; do sleep 0.01; done; cat <&3`
  const client = connected(lab, ['bash', '-c', script], 3)
  value(await lab.core.start(client.plan, noLimits))
  await lab.event({ type: 'exit', containerId: client.containerId, settled: true })
  assert.match(client.log(), /from the other/)
})

test('a sysctl of an interface finds the interface made', async t => {
  const lab = await openNetworkLab(t)
  const sysctls = { 'net.ipv4.conf.eth0.arp_filter': '1' }
  const interfaces = [lab.interfaceOf(2)]
  const args = ['cat', '/proc/sys/net/ipv4/conf/eth0/arp_filter']
  const { plan, containerId, log } = bundle(lab, args, { interfaces, sysctls })
  value(await lab.core.start(plan, noLimits))
  await lab.event({ type: 'exit', containerId, settled: true })
  assert.match(log(), /"log":"1\\n"/)
})

test('a start that fails leaves no link, and says what to do where the network is the reason', async t => {
  const lab = await openNetworkLab(t)
  const wanted = lab.interfaceOf(2)
  const refused = async (changes: Partial<typeof plan>, args = ['true']) => {
    const { plan, containerId } = bundle(lab, args, { interfaces: [wanted], ...changes })
    const why = failure(await lab.core.start(plan, noLimits))
    nothingIsLeft(lab, containerId)
    assert.ok(!existsSync(`/sys/class/net/${wanted.hostName}`), `${wanted.hostName} is left`)
    return { code: why.code, step: why.step, message: why.message }
  }
  const { plan } = connected(lab, ['true'], 2)
  const bridge = 'rc-nosuch'
  const message = `connect eth0: the host has no bridge ${bridge}; the network has to be made first`
  const missing = await refused({ interfaces: [{ ...wanted, bridge }] })
  assert.deepEqual(missing, { code: 'E_NETWORK', step: 'network', message })
  assert.equal((await refused({}, ['/no/such/program'])).code, 'E_EXEC_NOT_FOUND')
  assert.equal((await refused({ user: 'nobody-of-that-name' })).code, 'E_SPEC')
  const alias = 'reconcile:000000000000:container:x'
  assert.equal((await refused({ interfaces: [{ ...wanted, alias }] })).code, 'E_SPEC')
  const shared = { ...plan.namespaces, net: 'host' as const }
  assert.equal((await refused({ namespaces: shared })).code, 'E_SPEC')
})

test('a second interface that fails takes the first one with it', async t => {
  const lab = await openNetworkLab(t)
  const [first, second] = [lab.interfaceOf(2), { ...lab.interfaceOf(3), name: 'eth0' }]
  const { plan, containerId } = bundle(lab, ['true'], { interfaces: [first, second] })
  const why = failure(await lab.core.start(plan, noLimits))
  assert.equal(why.code, 'E_NETWORK')
  assert.match(why.message, /^create the pair rv\w+ and eth0: .*\(EEXIST\)/)
  nothingIsLeft(lab, containerId)
  for (const { hostName } of [first, second]) assert.ok(!existsSync(`/sys/class/net/${hostName}`), hostName)
})

test('a lost or changed interface is put right under the running program, and only under that one', async t => {
  const lab = await openNetworkLab(t)
  const wanted = lab.interfaceOf(2)
  const { plan, containerId } = connected(lab, ['sleep', '60'], 2)
  const { pid, startTicks } = value(await lab.core.start(plan, noLimits))
  const right = (await lab.seen(containerId, { pid, startTicks })).links.find(link => link.name === 'eth0')
  for (const breaks of [
    () => ip('link', 'delete', wanted.hostName),
    () => ip('link', 'set', wanted.hostName, 'nomaster'),
    () => ipIn(pid, 'address', 'flush', 'dev', 'eth0'),
    () => ipIn(pid, 'link', 'delete', 'eth0'),
  ]) {
    breaks()
    value(await lab.core.interfaces(containerId, { pid, startTicks }, [wanted]))
    const seen = await lab.seen(containerId, { pid, startTicks })
    const eth0 = seen.links.find(link => link.name === 'eth0')
    assert.deepEqual({ ...eth0, index: 0, peer: 0 }, { ...right, index: 0, peer: 0 })
    const [v4, v6] = lab.gateways
    const defaults = seen.routes.filter(({ destination }) => destination.endsWith('/0')).map(({ via }) => via)
    assert.deepEqual(defaults, [v4, v6])
    const port = (await lab.hostLinks()).find(link => link.name === wanted.hostName)
    assert.deepEqual([port?.master, port?.peer, port?.up], [lab.bridge.name, eth0?.index, true])
  }
  const other = { pid, startTicks: `${Number(startTicks) + 1}` }
  assert.equal(failure(await lab.core.interfaces(containerId, other, [wanted])).code, 'E_GONE')
  value(lab.core.signal(pid, startTicks, 0))
})

test('a network is removed by its alias alone, and what is gone already is no failure', async t => {
  const lab = await openNetworkLab(t)
  const { name } = lab.bridge
  const other = { ...lab.bridge, name: `${name.slice(0, 14)}z`, alias: `${lab.bridge.alias}z`, addresses: [] }
  assert.equal(value(await lab.core.network(other, [])).link.name, other.name)
  assert.equal(failure(await lab.core.network({ ...other, alias: lab.bridge.alias.slice(0, -1) }, [])).code, 'E_BUSY')
  assert.equal(failure(await lab.core.networkRemove(name, 'reconcile:000000000000:x')).code, 'E_SPEC')
  ip('link', 'set', other.name, 'name', 'rc-renamed')
  assert.deepEqual(value(await lab.core.networkRemove(other.name, other.alias)), { removed: true })
  assert.deepEqual(value(await lab.core.networkRemove(other.name, other.alias)), { removed: false })
  assert.deepEqual(
    (await lab.hostLinks()).filter(link => link.alias?.includes(lab.rootId)).map(link => link.name),
    [name],
  )
})

test('what has ended is told apart from what has no links', async t => {
  const lab = await openNetworkLab(t)
  const { plan, containerId } = bundle(lab, ['sleep', '60'])
  const { pid, startTicks } = value(await lab.core.start(plan, noLimits))
  assert.deepEqual(
    (await lab.seen(containerId, { pid, startTicks })).links.map(link => link.name),
    ['lo'],
  )
  const gone = value(await lab.core.links([{ containerId, process: { pid, startTicks: '1' } }], false))
  assert.equal(gone.host, null)
  assert.equal((gone.containers[containerId] as { error: { code: string } }).error.code, 'E_GONE')
})
