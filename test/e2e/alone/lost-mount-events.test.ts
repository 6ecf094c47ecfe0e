/**
 * A mount that somebody changes while a container's watches are being set up is seen all the same; and where the kernel itself drops
 * events because too many wait, everything is looked at. The watcher's periodic sweep comes only after 30 s: none of this is its work.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomOf } from '../../soak/random.ts'
import { hostCommand } from '../../support/host-command.ts'
import { cgroupOf, eventually, hierarchy, makeLab, readText } from '../../support/lab.ts'

const containers = 4
/** fewer than the heals after which a field counts as fought over */
const rounds = 3
const promiseMs = 1000
const beforeSweepMs = 30_000

const manifest = (name: string, more: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 0s }, limits: { memory: 64Mi, pids: 32 }, ${more} }
`
const wanted = String(64 * 2 ** 20)

const isMounted = (pid: number) => /^(\S+ ){4}\/data /m.test(readText(`/proc/${pid}/mountinfo`))
const inode = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino ?? 0

test('mounts changed around the moment in which a new run is watched are healed by their events', async t => {
  const seed = Date.now() % 1_000_000
  const random = randomOf(seed)
  const lab = makeLab(t)
  const source = (name: string) => `${lab.folder}/${name}.conf`
  const names = Array.from({ length: containers }, (_, i) => `c${i}`)
  for (const name of names) {
    writeFileSync(source(name), 'old')
    lab.write(`${name}.yaml`, manifest(name, `mounts: ["${name}:/data", "${source(name)}:/etc/site.conf"]`))
  }
  const slowest = { unmount: 0, rename: 0 }
  const procs = new Map<string, string>()
  for (let round = 0; round < rounds; round++) {
    const begunMs = performance.now()
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    // a container's cgroup has the same name in each of its runs
    for (const name of round === 0 ? names : [])
      procs.set(name, `${cgroupOf(await lab.pid(name), 'memory')}/cgroup.procs`)
    const change = async (name: string, i: number) => {
      const first = () => firstIn(procs.get(name) ?? '')
      const pid = await nextRun(first, watcher.output)
      await sleep(random.below(25))
      const kind = (i + round) % 2 === 0 ? 'unmount' : 'rename'
      if (kind === 'unmount') unmount(pid)
      else replace(source(name))
      const bound = `/proc/${pid}/root/etc/site.conf`
      const tookMs = await eventually(
        () => (kind === 'unmount' ? isMounted(pid) : inode(bound) === inode(source(name))),
        promiseMs,
        () => `seed ${seed}, ${name}: ${kind} still so after ${promiseMs} ms\n${watcher.output()}`,
      )
      slowest[kind] = Math.max(slowest[kind], tookMs)
      assert.equal(first(), pid)
    }
    await Promise.all(names.map(change))
    assert.ok(performance.now() - begunMs < beforeSweepMs, 'it took so long that the sweep may have healed')
    await watcher.kill('SIGKILL')
  }
  t.diagnostic(
    `${containers * rounds} changes healed, the slowest after ${slowest.unmount.toFixed(0)} ms (unmounted) and ${slowest.rename.toFixed(0)} ms (replaced)`,
  )
})

test('when the kernel’s queue of events overflows, what was lost with it is healed at once', async t => {
  const lab = makeLab(t)
  for (const name of ['noisy', 'quiet']) lab.write(`${name}.yaml`, manifest(name, 'state: running'))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const begunMs = performance.now()
  const dir = async (name: string, controller: string) => cgroupOf(await lab.pid(name), controller)
  const noise = [
    [`${await dir('noisy', 'memory')}/memory.limit_in_bytes`, wanted],
    [`${await dir('noisy', 'pids')}/pids.max`, '32'],
  ] as const
  const quiet = await lab.pid('quiet')
  const limit = `${await dir('quiet', 'memory')}/memory.limit_in_bytes`
  const thaw = freeze(t, watcher.pid)
  const most = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  // in turns: the same event twice in a row is kept once
  for (let i = 0; i <= most; i++) {
    const [file, value] = noise[i % 2] ?? assert.fail()
    writeFileSync(file, value)
  }
  writeFileSync(limit, '33554432')
  await sleep(200)
  assert.equal(readText(limit).trim(), '33554432', 'the watcher was not stopped')
  thaw()
  const tookMs = await eventually(
    () => readText(limit).trim() === wanted,
    promiseMs,
    () => `still ${readText(limit)}\n${watcher.output()}`,
  )
  assert.ok(performance.now() - begunMs < beforeSweepMs, 'it took so long that the sweep may have healed')
  assert.equal(await lab.pid('quiet'), quiet)
  t.diagnostic(`after more than ${most} events: healed ${tookMs.toFixed(0)} ms after the watcher could read again`)
})

const firstIn = (procs: string) => Number(readText(procs).split('\n')[0])

/** Ends the run; gives the first process of the next one, in a root that has its volume. */
async function nextRun(first: () => number, said: () => string): Promise<number> {
  const before = first()
  process.kill(before, 'SIGKILL')
  await eventually(
    () => first() > 0 && first() !== before && isMounted(first()),
    5000,
    () => `no new run\n${said()}`,
  )
  return first()
}

const unmount = (pid: number) =>
  void hostCommand('nsenter', `--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`, 'busybox', 'umount', '/data')

function replace(source: string): void {
  writeFileSync(`${source}.new`, 'new')
  renameSync(`${source}.new`, source)
}

/** Stops a program without a signal: SIGCONT tells a watcher to look at everything. */
function freeze(t: TestContext, pid: number): () => void {
  const dir = mkdtempSync(`${hierarchy('freezer')}/reconcile-test-`)
  const move = (to: string) => writeFileSync(`${to}/cgroup.procs`, `${pid}`)
  const before = cgroupOf(pid, 'freezer')
  move(dir)
  writeFileSync(`${dir}/freezer.state`, 'FROZEN')
  let isDone = false
  const thaw = () => {
    if (isDone) return
    isDone = true
    writeFileSync(`${dir}/freezer.state`, 'THAWED')
    move(before)
    rmdirSync(dir)
  }
  t.after(thaw)
  return thaw
}
