/**
 * Starts and stops of containers with a network and a published port, twenty at a time, by one watcher: no link, address, rule,
 * route, process or descriptor may be left. `node test/soak/network-starts.ts [STARTS]`, 1000 without; ends with 1 where one is.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { eventually } from '../support/lab.ts'
import { hereAddress, openNetPlace } from '../support/net-place.ts'
import { Cleanup, fail, untilStopped } from './program.ts'

const atOnce = 20
const patienceMs = 60_000
const firstPort = 20_000

const wanted = Number(process.argv[2] ?? 1000)
if (!Number.isInteger(wanted) || wanted < atOnce) fail(`how many starts? a number from ${atOnce} on`)

const container = (index: number, state: 'running' | 'stopped') => `---
apiVersion: reconcile/v1
kind: Container
metadata: { name: c${index} }
spec:
  rootfs: host
  command: [busybox, httpd, -f, -p, "80", -h, /etc]
  state: ${state}
  stop: { signal: SIGKILL }
  networks: [soak]
  ports: ["${firstPort + index}:80"]
`
const manifest = (state: 'running' | 'stopped') =>
  [
    'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: soak }\nspec: { subnet6: "fd00:99::/64" }\n',
    ...Array.from({ length: atOnce }, (_, index) => container(index, state)),
  ].join('')

const cleanup = new Cleanup()
const stopped = untilStopped()
const say = (line: string) => void process.stdout.write(`${line}\n`)
let leaks = 0
const complain = (what: string) => {
  leaks += 1
  say(`LEFT ${what}`)
}

try {
  await run()
} finally {
  await cleanup.run()
}
process.exit(leaks === 0 ? 0 : 1)

async function run(): Promise<void> {
  const { lab, here, outside, facts } = await openNetPlace(cleanup)
  const before = facts()
  lab.write('all.yaml', manifest('stopped'))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/, patienceMs)
  const hostEnds = () => here('ip', '-o', 'link').match(/ rv[0-9a-f]{12}a@/g)?.length ?? 0
  const descriptors = () => readdirSync(`/proc/${watcher.pid}/fd`).length
  const begun = performance.now()
  const first = { idle: '', descriptors: 0, rules: '' }
  let starts = 0
  for (; starts < wanted && !stopped.isStopped; starts += atOnce) {
    lab.write('all.yaml', manifest('running'))
    const complaint = () => `${hostEnds()} pairs\n${watcher.output().slice(-2000)}`
    await eventually(() => hostEnds() === atOnce && answers(), patienceMs, complaint)
    lab.write('all.yaml', manifest('stopped'))
    await eventually(() => hostEnds() === 0 && !here('nft', 'list', 'ruleset').includes('dport'), patienceMs, complaint)
    const idle = [here('ip', '-o', 'address'), here('ip', 'route'), here('ip', '-6', 'route')].join('\n')
    const seen = { idle, descriptors: descriptors(), rules: here('nft', 'list', 'ruleset') }
    if (starts === 0) Object.assign(first, seen)
    // IPv6 routes of the bridge come and go with its ports: only what stays is compared
    else if (addressesOf(seen.idle) !== addressesOf(first.idle) || seen.rules !== first.rules)
      complain(`round ${starts / atOnce}: ${seen.idle}`)
    // those of the last runs' processes are closed a moment later
    const isClosed = await settles(() => descriptors() <= first.descriptors + 2)
    if (!isClosed) complain(`${descriptors()} descriptors of the watcher instead of ${first.descriptors}`)
    if (starts % (10 * atOnce) === 0)
      say(`${starts + atOnce} starts, ${descriptors()} descriptors, ${memoryOf(watcher.pid)}`)
  }
  const seconds = (performance.now() - begun) / 1000
  await watcher.kill('SIGTERM')
  await lab.expect(0, 'down', lab.manifests)
  if (facts() !== before) complain(`after down:\n${facts()}\ninstead of\n${before}`)
  say(
    `${starts} starts and stops in ${seconds.toFixed(0)} s, ${leaks === 0 ? 'nothing left' : `${leaks} times something left`}`,
  )

  function answers(): boolean {
    const port = firstPort + ((starts / atOnce) % atOnce)
    try {
      return outside('curl', '-s', '-m', '2', `http://${hereAddress.ipv4}:${port}/hostname`) !== ''
    } catch {
      return false
    }
  }
}

async function settles(holds: () => boolean): Promise<boolean> {
  try {
    await eventually(holds, patienceMs, () => '')
    return true
  } catch {
    return false
  }
}

function addressesOf(idle: string): string {
  return (idle.match(/inet6? [0-9a-f.:]+\/\d+/g) ?? []).toSorted().join(' ')
}

function memoryOf(pid: number): string {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return `${Math.round(Number(kib) / 1024)} MiB`
}
