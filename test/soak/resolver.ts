/**
 * 10,000 questions a second from one container, of members and of the host's names, while others are asked too and members come and
 * go: none is lost, and the resolver's memory and descriptors stay where they are.
 *
 *   node test/soak/resolver.ts [--seconds 60] [--rate 10000]
 */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { askForSeconds } from '../support/dns-load.ts'
import { readText } from '../support/lab.ts'
import { inventory, leakReport } from '../support/leaks.ts'
import { makeResolvConf, resolverPid, serveUpstream } from '../support/name-server.ts'
import { openNetPlace } from '../support/net-place.ts'
import { Cleanup, untilStopped } from './program.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '10000' } },
})
const [seconds, perSecond] = [Number(values.seconds), Number(values.rate)]
/** Of all questions; the kernel drops what a queue has no room for. */
const mostLost = 0.001
const mostGrowthKib = 1024

const asked = untilStopped()
const before = inventory()
const cleanup = new Cleanup()
const violations: string[] = []
try {
  const place = await openNetPlace(cleanup, makeResolvConf(cleanup, 'nameserver 127.0.0.53\n'))
  const { lab } = place
  serveUpstream(cleanup, place)
  lab.write('network.yaml', 'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: front }\n')
  for (let n = 0; n < 10; n++) lab.write(`m${n}.yaml`, manifest(`m${n}`))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('m0')
  const questions = [
    ...Array.from({ length: 9 }, (_, n) => `m${n} ${n % 2 === 0 ? 'A' : 'AAAA'}`),
    'host.example.test A',
  ]
  const ask = (duration: number) =>
    askForSeconds(lab.folder, { pid, server: '127.0.0.11', questions, seconds: duration, perSecond })
  await ask(2)
  const first = figures(lab.run)
  say(`at the beginning: ${first.kib} KiB, ${first.descriptors} descriptors`)
  let rounds = 0
  const comesAndGoes = (async () => {
    const endMs = performance.now() + seconds * 1000 - 2000
    for (; performance.now() < endMs && !asked.isStopped; rounds++) {
      await lab.expect(0, 'restart', 'm9')
      await sleep(1000)
    }
  })()
  const load = await ask(seconds)
  await comesAndGoes
  const last = figures(lab.run)
  say(`${Math.round(load.perSecond)} questions/s for ${seconds} s, ${load.lost} of ${load.completed + load.lost} lost`)
  say(
    `mean ${Math.round(load.meanUs)} us, longest ${load.longestMs.toFixed(1)} ms, ${rounds} restarts of a member meanwhile`,
  )
  say(`at the end: ${last.kib} KiB, ${last.descriptors} descriptors`)
  if (load.lost > (load.completed + load.lost) * mostLost) violations.push('questions are lost')
  if (last.kib > first.kib + mostGrowthKib) violations.push('memory grows')
  if (last.descriptors > first.descriptors) violations.push('descriptors stay open')
  if (last.pid !== first.pid) violations.push('it is another process')
  await lab.expect(0, 'down', lab.manifests)
} finally {
  await cleanup.run()
}
const leaks = leakReport(before)
for (const violation of violations) say(`VIOLATION ${violation}`)
say(`leak check: ${leaks.text}`)
process.exitCode = violations.length === 0 && leaks.total === 0 ? 0 : 1

function manifest(name: string): string {
  return JSON.stringify({
    apiVersion: 'reconcile/v1',
    kind: 'Container',
    metadata: { name },
    spec: { rootfs: 'host', command: ['sleep', '100000'], networks: ['front'], stop: { grace: '0s' } },
  })
}

function figures(run: string) {
  const pid = resolverPid(run)
  if (pid === undefined) throw new Error('there is no resolver')
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? Number.NaN)
  return { pid, kib, descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
