/** Payloads that keep the kernel busy: the watcher rests, another container heals on time, and all of them can be removed. */
import { equal, ok } from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, eventually, hierarchy, type Lab, makeLab, readText } from '../support/lab.ts'

const container = (name: string, script: string, more: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sh, -c, '${script}'], stop: { grace: 0s }${more} }
`
const neighbour = container('neighbour', 'exec sleep 1000', ', limits: { pids: 20, memory: 32Mi, cpuShares: 512 }')

type Hostile = {
  readonly does: string
  readonly manifest: (lab: Lab) => string
  /** from outside, beside it; called every few milliseconds */
  readonly beside?: (lab: Lab) => void
  /** the watcher heals it for a while before it lets it be; what it says then */
  readonly isLeft?: RegExp
  /** it is started again and again */
  readonly ends?: true
}

const payloads: readonly Hostile[] = [
  {
    does: 'forks up to its pids limit',
    manifest: () =>
      container(
        'hostile',
        'while :; do sh -c "while :; do sleep 5 & done" 2>/dev/null; done',
        ', limits: { pids: 40, cpus: 0.3 }',
      ),
  },
  {
    does: 'fills its tmpfs again and again',
    manifest: () =>
      container(
        'hostile',
        'while :; do head -c 9000000 /dev/zero > /full/x 2>/dev/null; done',
        ', limits: { memory: 64Mi, cpus: 0.3 }, mounts: [{ type: tmpfs, target: /full, size: 4Mi }]',
      ),
  },
  {
    does: 'runs out of memory again and again',
    manifest: () => container('hostile', 'tail -c 100000000 /dev/zero', ', limits: { memory: 8Mi, memorySwap: 8Mi }'),
    ends: true,
  },
  {
    does: 'rewrites its own limit through a bound cgroupfs',
    manifest: () =>
      container(
        'hostile',
        'F=/cg$(grep -m1 pids: /proc/self/cgroup | cut -d: -f3)/pids.max; while :; do echo 999 > $F; done',
        `, namespaces: { cgroup: host }, limits: { pids: 30 }, mounts: ["${hierarchy('pids')}:/cg"]`,
      ),
    isLeft: /fight/,
  },
  {
    does: 'mounts and unmounts in a loop',
    manifest: () =>
      container(
        'hostile',
        'mkdir /own; while :; do mount -t tmpfs none /own && umount /own || exit 9; done',
        ', capabilities: { add: [SYS_ADMIN] }',
      ),
  },
  {
    does: 'mounts over what it was given, in a loop',
    manifest: lab =>
      container(
        'hostile',
        'while :; do mount -t tmpfs none /given && umount /given || exit 9; done',
        `, capabilities: { add: [SYS_ADMIN] }, mounts: ["${lab.folder}/given:/given"]`,
      ),
    // its last tmpfs may be all that is left there, which looks like a source whose file system has gone
    isLeft: /fight|no longer a mount point/,
  },
  {
    does: 'has its bound file replaced in a loop',
    manifest: lab => container('hostile', 'exec sleep 1000', `, mounts: ["${lab.folder}/given/file:/file:ro"]`),
    beside: lab => {
      writeFileSync(`${lab.folder}/given/next`, `${performance.now()}`)
      renameSync(`${lab.folder}/given/next`, `${lab.folder}/given/file`)
    },
    isLeft: /fight/,
  },
]

/** Back-off of restarts is under way after that, twice it where there are restarts without end. */
const settlingMs = 1500
const measuredMs = 3000
/** of one processor */
const mostShare = 0.05

for (const { does, manifest, beside, isLeft, ends } of payloads) {
  test(`a payload that ${does}: the watcher rests, its neighbour heals on time`, async t => {
    const lab = makeLab(t)
    mkdirSync(`${lab.folder}/given`)
    beside?.(lab)
    const busy = beside && setInterval(beside, 10, lab)
    t.after(() => clearInterval(busy))
    lab.write('neighbour.yaml', neighbour)
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    const pid = await lab.pid('neighbour')
    lab.write('hostile.yaml', manifest(lab))
    await watcher.until(/hostile +started/)
    const hostilePid = ends ? null : await lab.pid('hostile')
    if (isLeft !== undefined) await watcher.until(isLeft)
    await sleep(ends ? 2 * settlingMs : settlingMs)
    const [spentMs, begunMs] = [cpuMs(watcher.pid), performance.now()]
    await sleep(ends ? 2 * measuredMs : measuredMs)
    const share = (cpuMs(watcher.pid) - spentMs) / (performance.now() - begunMs)
    const took = await heals(pid)
    t.diagnostic(`${(share * 100).toFixed(1)} % of a processor; healed after ${took.join(', ')} ms`)
    ok(share < mostShare, `${(share * 100).toFixed(1)} % of a processor\n${watcher.output().slice(-3000)}`)
    equal(await lab.pid('neighbour'), pid)
    if (hostilePid !== null) equal(await lab.pid('hostile'), hostilePid)
    clearInterval(busy)
    rmSync(`${lab.manifests}/hostile.yaml`)
    await watcher.until(/hostile +(stopped.*)?removed/, 15_000)
  })
}

/** Three limits of the neighbour's, by hand. */
async function heals(pid: number): Promise<string[]> {
  const took: string[] = []
  for (const [controller, name, value] of [
    ['pids', 'pids.max', '7'],
    ['memory', 'memory.limit_in_bytes', '16777216'],
    ['cpu', 'cpu.shares', '99'],
  ] as const) {
    const path = `${cgroupOf(pid, controller)}/${name}`
    const wanted = readText(path)
    writeFileSync(path, value)
    const ms = await eventually(
      () => readText(path) === wanted,
      1000,
      () => `${path} is ${readText(path)} a second later`,
    )
    took.push(ms.toFixed(0))
  }
  return took
}

/** What a process has spent, of 10 ms ticks. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
