/** Users are promised: a change of links, addresses, routes or rules by others is heard within milliseconds, and a flood of them wakes nobody without end. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { noLimits } from '../../src/model/limits.ts'
import { until, value } from './core-lab.ts'
import { connected, ip, ipIn, type NetworkLab, openNetworkLab } from './network-lab.ts'

/** A look by the clock would come much later; how fast it is on an idle machine is no promise of a busy one. */
const heardWithinMs = 1000

/** How long the first event took, and all that was told until nothing more was. */
async function heard(lab: NetworkLab, fits: { type: string; containerId?: string | null }, change: () => void) {
  await quiet(lab)
  lab.events.length = 0
  change()
  const begun = performance.now()
  await lab.event(fits)
  const tookMs = performance.now() - begun
  await quiet(lab)
  return { tookMs, events: [...lab.events] }
}

async function quiet(lab: NetworkLab): Promise<void> {
  for (let seen = -1; seen !== lab.events.length; await sleep(100)) seen = lab.events.length
}

test('what somebody changes in a container is told of that container at once', async t => {
  const lab = await openNetworkLab(t)
  const { plan, containerId } = connected(lab, ['sleep', '60'], 2)
  const { pid } = value(await lab.core.start(plan, noLimits))
  for (const change of [
    ['address', 'add', '192.0.2.9/32', 'dev', 'eth0'],
    ['route', 'del', 'default'],
    ['link', 'set', 'eth0', 'mtu', '1400'],
    ['-6', 'address', 'flush', 'dev', 'eth0'],
    ['link', 'del', 'eth0'],
  ]) {
    const { tookMs, events } = await heard(lab, { type: 'links', containerId }, () => ipIn(pid, ...change))
    assert.ok(tookMs < heardWithinMs, `${change.join(' ')}: ${tookMs} ms`)
    assert.ok(events.every(event => event.type === 'links' && event.containerId === containerId))
  }
})

test('what somebody changes on the host is told once it is asked for', async t => {
  const lab = await openNetworkLab(t)
  const { name } = lab.bridge
  const forwarding = `/proc/sys/net/ipv4/conf/${name}/forwarding`
  await quiet(lab)
  assert.deepEqual(lab.events, [])
  value(lab.core.watchNetwork())
  value(lab.core.watchNetwork())
  for (const change of [
    () => ip('link', 'set', name, 'mtu', '1400'),
    () => ip('address', 'flush', 'dev', name),
    () => writeFileSync(forwarding, readFileSync(forwarding, 'utf8').trim() === '1' ? '0' : '1'),
  ]) {
    const { tookMs } = await heard(lab, { type: 'links', containerId: null }, change)
    assert.ok(tookMs < heardWithinMs, `${tookMs} ms`)
  }
})

test('a change of our own rules is told, and one of another table is not', async t => {
  const lab = await openNetworkLab(t)
  value(lab.core.watchNetwork())
  const nft = (...words: readonly string[]) => execFileSync('nft', words)
  const told = async (table: string) => {
    for (const change of [
      ['add', 'table'],
      ['add', 'chain'],
      ['delete', 'table'],
    ]) {
      lab.events.length = 0
      nft(...change, 'inet', table, ...(change.includes('chain') ? ['drops'] : []))
      await quiet(lab)
      counts.push(lab.events.filter(({ type }) => type === 'ruleset').length)
    }
    return counts.splice(0)
  }
  const counts: number[] = []
  assert.deepEqual(await told(`reconcile-${lab.rootId}`), [1, 1, 1])
  assert.deepEqual(await told(`other-${lab.rootId}`), [0, 0, 0])
})

test('ten thousand changes in a loop wake nobody without end, and the last of them is told', async t => {
  const lab = await openNetworkLab(t)
  const { plan, containerId } = connected(lab, ['sleep', '60'], 2)
  const { pid } = value(await lab.core.start(plan, noLimits))
  await quiet(lab)
  lab.events.length = 0
  const lines = ['add', 'del'].map(verb => `address ${verb} 192.0.2.9/32 dev eth0\n`).join('')
  const begun = performance.now()
  const args = ['--net', '--target', `${pid}`, 'ip', '-batch', '-']
  execFileSync('nsenter', args, { input: lines.repeat(5000), timeout: 30_000 })
  ipIn(pid, 'link', 'set', 'eth0', 'mtu', '1400')
  const seconds = (performance.now() - begun) / 1000
  await until(() => lab.events.at(-1), 'an event')
  await sleep(500)
  const told = lab.events.filter(event => event.type === 'links' && event.containerId === containerId).length
  assert.equal(told, lab.events.length)
  // 50 at once and five a second
  assert.ok(told <= 50 + 5 * (seconds + 2), `${told} in ${seconds} s`)
  const { tookMs } = await heard(lab, { type: 'links', containerId }, () =>
    ipIn(pid, 'link', 'set', 'eth0', 'mtu', '1300'),
  )
  assert.ok(tookMs < 10_000, `${tookMs} ms`)
})

test('no socket keeps the network namespace of a dead container, and its host’s end is gone soon', async t => {
  const lab = await openNetworkLab(t)
  const { plan, containerId } = connected(lab, ['sleep', '60'], 2)
  const { pid, startTicks } = value(await lab.core.start(plan, noLimits))
  const sockets = () => readdirSync('/proc/self/fd').filter(fd => linkOf(fd).startsWith('socket:')).length
  const before = sockets()
  value(lab.core.signal(pid, startTicks, 9))
  await lab.event({ type: 'exit', containerId, pid })
  assert.equal(sockets(), before - 1)
  const begun = performance.now()
  await until(() => !existsSync(`/sys/class/net/${lab.interfaceOf(2).hostName}`), 'the end of the pair')
  assert.ok(performance.now() - begun < 2000)
})

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
