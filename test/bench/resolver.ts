/** Questions a second and the time of one, at 127.0.0.11 in a container: names of members, and names that the host's name server knows; beside a dnsmasq in the same container, which does the same. */
import { eventually } from '../support/lab.ts'
import { askForSeconds, type Load } from '../support/dns-load.ts'
import { dnsmasq, makeResolvConf, serveUpstream } from '../support/name-server.ts'
import { openNetPlace } from '../support/net-place.ts'
import { bench } from './support/bench.ts'

const seconds = 5
const manifest = (name: string, command: readonly string[]) =>
  JSON.stringify({
    apiVersion: 'reconcile/v1',
    kind: 'Container',
    metadata: { name },
    spec: { rootfs: 'host', command, networks: ['front'], stop: { grace: '0s' } },
  })

await bench(async context => {
  const place = await openNetPlace(context, makeResolvConf(context, 'nameserver 127.0.0.53\n'))
  const { lab, here } = place
  serveUpstream(context, place)
  lab.write('network.yaml', 'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: front }\n')
  lab.write('web.yaml', manifest('web', ['sleep', '100000']))
  // asks the same name server by way of 127.0.0.11's own upstream: one hop, as ours
  const peer = [...dnsmasq, '--listen-address=127.0.0.1', '--address=/web/10.200.0.2', '--server=127.0.0.11']
  lab.write('peer.yaml', manifest('peer', peer))
  await lab.expect(0, '--once', lab.manifests)
  const pid = await lab.pid('peer')
  const answers = (server: string) => here('nsenter', '--net', `--target=${pid}`, 'dig', '+short', `@${server}`, 'web')
  await eventually(
    () => answers('127.0.0.1') !== '',
    5000,
    () => 'dnsmasq does not answer',
  )
  const cases: readonly (readonly [what: string, server: string, question: string])[] = [
    ['resolver, a member', '127.0.0.11', 'web A'],
    ['dnsmasq, a name that it knows', '127.0.0.1', 'web A'],
    ['resolver, a name of the host', '127.0.0.11', 'host.example.test A'],
    ['dnsmasq behind the resolver, the same', '127.0.0.1', 'host.example.test A'],
  ]
  for (const [what, server, question] of cases)
    say(what, await askForSeconds(lab.folder, { pid, server, questions: [question], seconds }))
  await lab.expect(0, 'down', lab.manifests)
})

function say(what: string, { perSecond, meanUs, longestMs, lost }: Load): void {
  const figures = `${Math.round(perSecond)} questions/s, ${Math.round(meanUs)} us each, longest ${longestMs.toFixed(1)} ms, ${lost} lost`
  process.stdout.write(`${what.padEnd(40)}${figures}\n`)
}
