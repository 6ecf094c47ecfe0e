/**
 * A bound file system stops answering for ever, so hard that not even SIGKILL ends who asks: whoever looks goes on, ends in
 * time, and heals the others; its container is told of.
 */
import { equal, match, ok } from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostCommand } from '../support/host-command.ts'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { mountSilentFuse, type SilentFuse } from '../support/silent-fuse.ts'

const container = (name: string, more: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, '1000'], stop: { grace: 0s }, limits: { pids: 20 }${more} }
`

/** A look that isn't answered is given up after half a second; a command does little else. */
const commandMs = 5000
const healMs = 1000

async function withFuse(t: TestContext, use: (lab: Lab, fuse: SilentFuse) => Promise<void>): Promise<void> {
  const lab = makeLab(t)
  mkdirSync(`${lab.folder}/outer`)
  const fuse = await mountSilentFuse(`${lab.folder}/outer/fuse`)
  try {
    await use(lab, fuse)
  } finally {
    await fuse.end()
  }
}

/** Somebody writes the limit of pids; how long until it is written back. */
async function heal(pid: number, limitMs: number, output: () => string): Promise<number> {
  const path = `${cgroupOf(pid, 'pids')}/pids.max`
  writeFileSync(path, '7')
  return await eventually(
    () => readText(path) === '20\n',
    limitMs,
    () => `${path} is ${readText(path)}\n${output()}`,
  )
}

const mountedBelow = (lab: Lab) => [
  container('hung', `, mounts: ["${lab.folder}/outer/fuse/file:/file"]`),
  container('above', `, mounts: ["${lab.folder}/outer:/outer", "deep:/srv/deep/data"]`),
  container('neighbour', ', mounts: ["shop:/data"]'),
]

/** Its container leads the way to one of its mounts by the file system that will be silent. */
const leadAstray = (pid: number) =>
  hostCommand(
    'nsenter',
    `--mount=/proc/${pid}/ns/mnt`,
    `--root=/proc/${pid}/root`,
    'sh',
    '-c',
    'mv /srv/deep /srv/moved && ln -s /outer/fuse/file /srv/deep',
  )

test('under a watcher: the others heal on time, its container is told of, and all is well once it answers again', t =>
  withFuse(t, async (lab, fuse) => {
    lab.write('all.yaml', mountedBelow(lab).join('---\n'))
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    const [pid, above] = [await lab.pid('neighbour'), await lab.pid('above')]
    fuse.silence()
    leadAstray(above)
    const first = await heal(pid, 2000, watcher.output)
    const took: number[] = []
    for (let n = 0; n < 4; n++) {
      // also a pass that looks at everything, and with it at what hangs
      lab.write('more.yaml', `# ${n}\n`)
      hostCommand('nsenter', `--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`, 'busybox', 'umount', '/data')
      took.push(await heal(pid, healMs, watcher.output))
      await eventually(
        () => / \/data /.test(readText(`/proc/${pid}/mountinfo`)),
        healMs,
        () => `/data is not mounted again\n${watcher.output()}`,
      )
      await sleep(50)
    }
    await watcher.until(/hung +.*outer\/fuse\/file did not answer within 500 ms/)
    t.diagnostic(`healed after ${[first, ...took].map(ms => ms.toFixed(0)).join(', ')} ms`)
    equal(await lab.pid('neighbour'), pid)
    await fuse.end()
    await watcher.kill('SIGTERM')
    equal(watcher.child.exitCode, 143)
  }))

test('commands end in time, and say what does not answer', t =>
  withFuse(t, async (lab, fuse) => {
    lab.write('all.yaml', mountedBelow(lab).join('---\n'))
    await lab.expect(0, '--once', lab.manifests)
    leadAstray(await lab.pid('above'))
    fuse.silence()
    const timed: string[] = []
    for (const words of [
      ['ps'],
      ['drift', lab.manifests],
      ['plan', lab.manifests],
      ['why', 'hung'],
      ['--once', lab.manifests],
    ]) {
      const { stdout, stderr, ms } = await lab.reconcile(...words)
      ok(ms < commandMs, `${words[0]} took ${ms} ms\n${stdout}${stderr}`)
      match(stdout + stderr, words[0] === 'ps' ? /hung +\S+ +running \S+ +unknown/ : /did not answer within 500 ms/)
      timed.push(`${words[0]} ${ms.toFixed(0)} ms`)
    }
    t.diagnostic(timed.join(', '))
  }))
