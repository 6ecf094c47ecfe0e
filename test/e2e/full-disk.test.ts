/**
 * The file system of the data-root is full: what runs goes on, whatever can't be written says which file system lacks room, nothing
 * that was known is lost or torn, and when there is room again everything comes right by itself.
 */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { hostCommand } from '../support/host-command.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'

const container = (name: string, script: string, memory = '64Mi') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sh, -c, ${JSON.stringify(script)}], limits: { memory: ${memory} } }
`
const beat = 'n=0; while :; do n=$((n+1)); echo $n; sleep 0.01; done'
const ends = 'trap "exit 7" TERM; while :; do sleep 0.01; done'

/** A small file system in the data-root's place. */
function onSmallDisk(_folder: string, root: string): () => void {
  mkdirSync(root)
  hostCommand('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=710', 'tmpfs', root)
  return () => hostCommand('umount', root)
}

function fill(root: string): () => void {
  const filler = `${root}/filler`
  const write = (sizeBytes: number) => {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(sizeBytes), { flag: 'a' })
    } catch {
      // what fitted in is there
    }
  }
  for (const sizeBytes of [1 << 20, 4096, 1]) write(sizeBytes)
  return () => rmSync(filler)
}

/** Docker's files are whole, always. */
function assertNothingTorn(lab: Lab): void {
  const files = globSync(`${lab.root}/containers/*/{config.v2,hostconfig}.json`)
  ok(files.length >= 4)
  for (const path of files) JSON.parse(readFileSync(path, 'utf8'))
}

test('a full disk ends no container and no watcher, and all comes right when there is room', async t => {
  const lab = makeLab(t, onSmallDisk)
  for (const [name, script] of Object.entries({ beat, changed: 'exec sleep 1000', ends })) {
    lab.write(`${name}.yaml`, container(name, script))
  }
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pids = [await lab.pid('beat'), await lab.pid('changed')]
  const ended = await lab.pid('ends')
  const makeRoom = fill(lab.root)
  const full = `the file system at ${lab.root} is full: make room there`

  lab.write('changed.yaml', container('changed', 'exec sleep 1000', '96Mi'))
  lab.write('late.yaml', container('late', 'exec sleep 1000'))
  process.kill(ended, 'SIGTERM')
  await watcher.until(/container late .*not created: .*is full/)
  await watcher.until(/container changed .*not changed: .*is full/)
  await watcher.until(/container ends .*exit not recorded: .*is full/)
  ok(watcher.output().includes(full), watcher.output())

  await t.test('commands that only look work, and one that changes says what it could not do', async () => {
    const { stdout } = await lab.expect(0, 'ps')
    match(stdout, /beat .*running/)
    match(stdout, /ends .*exited \(7\)/)
    await lab.expect(2, 'plan', lab.manifests)
    match((await lab.expect(0, 'logs', '--tail', '1', 'beat')).stdout, /^\d+$/m)
    const once = await lab.expect(1, '--once', '--timeout', '1s', lab.manifests)
    match(once.stdout, /failed: \d steps? failed/)
    ok(once.stdout.includes(full))
    assertNothingTorn(lab)
  })

  await t.test('the same trouble is told once, and is no reason to hurry', async () => {
    const said = () => watcher.output().match(/not created|count the pass/g)?.length ?? 0
    const before = said()
    await new Promise(resolve => setTimeout(resolve, 1200))
    ok(said() - before <= 1, watcher.output())
    doesNotMatch(watcher.output(), /ENOENT/)
  })

  await t.test('with room again all of it comes right, and what was lost of a log is told there', async () => {
    makeRoom()
    await eventually(
      async () => (await lab.reconcile('plan', lab.manifests)).stdout.startsWith('nothing to do'),
      10_000,
      () => watcher.output(),
    )
    deepEqual([await lab.pid('beat'), await lab.pid('changed')], pids)
    match((await lab.expect(0, 'why', 'ends')).stdout, /exited \(7\)/)
    const logs = await lab.expect(0, 'logs', 'beat')
    const numbers = logs.stdout.trim().split('\n').map(Number)
    const lost = logs.stderr.matchAll(/^reconcile: (\d+) lines lost: the log could not be written$/gm)
    const lostLines = [...lost].reduce((sum, [, count]) => sum + Number(count), 0)
    ok(lostLines > 0)
    equal(numbers.at(-1), numbers.length + lostLines)
    assertNothingTorn(lab)
  })

  await t.test('and nothing is left of it', async () => {
    await watcher.kill('SIGTERM')
    await lab.expect(0, 'down', lab.manifests)
    equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
    deepEqual(readdirSync(`${lab.root}/containers`), [])
  })
})
