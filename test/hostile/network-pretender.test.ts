/**
 * A container that sends frames in the name of others (ARP, IPv6 neighbours and routers, their MAC, their addresses), and floods its
 * network with them: nobody believes it, and the others are served meanwhile.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { containerText } from '../support/manifest-text.ts'
import { hereAddress, openNetPlace } from '../support/net-place.ts'

const network = `apiVersion: reconcile/v1
kind: Network
metadata: { name: front }
spec: { subnet: 10.78.0.0/24, subnet6: "fd00:78::/64" }
`
const on = (address: number, rest = '') =>
  `  networks: [{ name: front, address: 10.78.0.${address}, address6: "fd00:78::${address}" }]\n  stop: { grace: 0s }\n${rest}`
const echo = ['busybox', 'nc', '-ll', '-p', '7000', '-e', 'cat']

/** Frames for `seconds`: in the name of 10.78.0.5 and fd00:78::5, and of thousands that nobody has. */
const pretender = `
import os, random, socket, struct, sys, time
own = bytes.fromhex(open('/sys/class/net/eth0/address').read().strip().replace(':', ''))
victim = bytes.fromhex('02420a4e0005')
everybody = b'\\xff' * 6
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
def arp(mac, said, ip, asked): return everybody + mac + b'\\x08\\x06' + struct.pack('!HHBBH', 1, 0x800, 6, 4, 1) + said + ip + b'\\0' * 6 + asked
def checked(source, target, message):
    words = source + target + struct.pack('!II', len(message), 58) + message
    total = sum(struct.unpack('!%dH' % (len(words) // 2), words))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return message[:2] + struct.pack('!H', ~total & 0xffff) + message[4:]
def six(source, message):
    source, target = socket.inet_pton(socket.AF_INET6, source), socket.inet_pton(socket.AF_INET6, 'ff02::1')
    return bytes.fromhex('333300000001') + own + b'\\x86\\xdd' + struct.pack('!IHBB', 6 << 28, len(message), 58, 255) + source + target + checked(source, target, message)
v4, gateway = socket.inet_aton('10.78.0.5'), socket.inet_aton('10.78.0.1')
v6 = socket.inet_pton(socket.AF_INET6, 'fd00:78::5')
neighbour = six('fd00:78::5', struct.pack('!BBHI', 136, 0, 0, 0x20000000) + v6 + b'\\2\\1' + own)
router = six('fe80::1', struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0) + b'\\1\\1' + own)
sent, end = 0, time.time() + float(sys.argv[1])
while time.time() < end:
    nobody = socket.inet_aton('10.78.0.%d' % random.randint(20, 250))
    for frame in [arp(own, own, v4, gateway), arp(own, own, v4, v4), arp(victim, victim, v4, gateway), arp(own, own, nobody, gateway), neighbour, router]:
        try: s.send(frame)
        except OSError: pass
        sent += 1
print(sent)
`

test('nobody believes it, and the others are served meanwhile', async t => {
  const { lab, here, outside } = await openNetPlace(t)
  lab.write(
    'all.yaml',
    [
      network,
      containerText('victim', echo, on(5, '  ports: ["8080:7000"]\n')),
      containerText('friend', ['sleep', '1000'], on(6)),
      containerText('evil', ['sleep', '1000'], on(7)),
    ].join('---\n'),
  )
  await lab.expect(0, '--once', lab.manifests)
  const asked = (run: typeof here, host: string, port: number) =>
    equal(run('sh', '-c', `echo hello | timeout 5 busybox nc ${host} ${port}`), 'hello\n', host)
  const friend = await lab.pid('friend')
  const asFriend = (...words: string[]) => here('nsenter', '--net', `--target=${friend}`, ...words)
  const everybodyAsks = () => {
    asked(outside, hereAddress.ipv4, 8080)
    asked(outside, hereAddress.ipv6, 8080)
    asked(asFriend, '10.78.0.5', 7000)
    asked(asFriend, 'fd00:78::5', 7000)
  }
  everybodyAsks()
  const bridge = /(rc-\w+)/.exec(here('ip', '-o', 'address', 'show', 'to', '10.78.0.1'))?.[1] ?? ''
  const evil = await lab.pid('evil')
  const attack = lab.expect(0, 'exec', 'evil', '/usr/bin/python3', '-c', pretender, '3')
  let rounds = 0
  let over: Awaited<typeof attack> | null = null
  while (over === null) {
    everybodyAsks()
    rounds += 1
    over = await Promise.race([attack, sleep(20, null)])
  }
  const sent = Number(over.stdout)
  t.diagnostic(`${sent} frames sent; ${rounds} rounds of questions answered meanwhile`)
  ok(sent > 1000 && rounds > 3, `${sent} ${rounds}`)

  const macs = (text: string, address: string) =>
    text.split('\n').flatMap(line => (line.startsWith(`${address} `) ? [/lladdr (\S+)/.exec(line)?.[1]] : []))
  const neighbours = here('ip', 'neighbour', 'show', 'dev', bridge)
  for (const [seen, address] of [
    [neighbours, '10.78.0.5'],
    [asFriend('ip', 'neighbour', 'show', 'dev', 'eth0'), '10.78.0.5'],
    [asFriend('ip', 'neighbour', 'show', 'dev', 'eth0'), 'fd00:78::5'],
  ] as const)
    deepEqual(macs(seen, address), ['02:42:0a:4e:00:05'], seen)
  ok(neighbours.trim().split('\n').length <= 9, neighbours)
  equal(asFriend('ip', '-6', 'route', 'show', 'default').includes('proto ra'), false)
  match(await why(lab), /^evil is running/)
  equal(await lab.pid('evil'), evil)
})

const why = async (lab: Awaited<ReturnType<typeof openNetPlace>>['lab']) => (await lab.expect(0, 'why', 'evil')).stdout
