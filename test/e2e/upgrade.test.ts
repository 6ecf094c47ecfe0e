/**
 * Containers that version 0.1.0 started are served by this build: nothing is restarted for the upgrade, and everything can be done
 * with them. That version's command, core and shim are built from its sources.
 */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { busybox } from '../support/busybox-layer.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { containerText } from '../support/manifest-text.ts'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { release } from '../support/release.ts'
import { hasAnotherShim, type RunState, runStates } from '../support/shims.ts'
import { tar } from '../support/tar.ts'

const container = (name: string, script: string, rest = '') => containerText(name, ['sh', '-c', script], rest)

const beat = 'n=0; while :; do n=$((n+1)); echo $n; sleep 0.05; done'
const polite = 'trap "echo asked to stop; exit 7" TERM; echo up >> /data/starts; while :; do sleep 0.02; done'

const fleet: Readonly<Record<string, string>> = {
  beat: container('beat', beat, '  hostname: old-host\n  limits: { memory: 64Mi, pids: 50 }\n'),
  polite: container('polite', polite, '  mounts: ["kept:/data"]\n'),
  departs: container('departs', 'exec sleep 1000'),
  orphaned: container('orphaned', beat),
  crashed: container('crashed', 'exec sleep 1000'),
  job: container('job', 'echo ran >> /data/runs', '  mounts: ["job:/data"]\n  restart: no\n'),
  app: `apiVersion: reconcile/v1
kind: Container
metadata: { name: app }
spec: { image: "old/app:1", command: [/bin/busybox, sleep, "1000"] }
`,
}
const alive = Object.keys(fleet).filter(name => name !== 'job')

type Row = { readonly name: string; readonly id: string; readonly phase: string }

async function startedByOld(t: TestContext) {
  const lab = makeLab(t)
  const old = lab.by(release('0.1.0'))
  writeFileSync(`${lab.folder}/app.tar`, dockerArchive('old/app:1', [tar(...busybox('sh'))]))
  await old.expect(0, 'images', 'load', `${lab.folder}/app.tar`)
  for (const [name, text] of Object.entries(fleet)) lab.write(`${name}.yaml`, text)
  const watcher = old.watch(lab.manifests)
  await watcher.until(/watching/)
  await eventually(
    async () => (await rows(lab)).some(({ name, phase }) => name === 'job' && phase === 'exited'),
    20_000,
    () => watcher.output(),
  )
  const processes = await processesOf(lab)
  deepEqual([...processes.keys()].sort(), alive.sort())
  return { lab, watcher, processes }
}

const rows = async (lab: Lab) => JSON.parse((await lab.expect(0, 'ps', '--output', 'json')).stdout) as Row[]

async function processesOf(lab: Lab): Promise<ReadonlyMap<string, RunState>> {
  const states = runStates(lab.run)
  return new Map(
    (await rows(lab)).flatMap(({ name, id }) => {
      const state = states.find(({ containerId }) => containerId === id)
      return state === undefined ? [] : [[name, state] as const]
    }),
  )
}

test('what version 0.1.0 started runs on under this build, which serves, changes, adopts and stops it', async t => {
  const { lab, watcher, processes } = await startedByOld(t)
  const was = (name: string) => processes.get(name) ?? { pid: 0, shimPid: 0, containerId: '' }
  const same = async (...names: readonly string[]) => {
    const now = await processesOf(lab)
    for (const name of names) equal(now.get(name)?.pid, was(name).pid, name)
  }

  await t.test('both versions keep to one watcher a source', async () => {
    match((await lab.expect(4, 'down', lab.manifests)).stderr, /end it first \(kill/)
    match((await lab.expect(4, lab.manifests)).stderr, /watched already/)
    await watcher.kill('SIGTERM')
  })

  await t.test('nothing is planned, and nothing is done', async () => {
    match((await lab.expect(0, 'plan', lab.manifests)).stdout, /^nothing to do/)
    match((await lab.expect(0, '--once', lab.manifests)).stdout, /^nothing to do/)
    match((await lab.expect(0, 'drift', lab.manifests)).stdout, /nothing has drifted/)
    deepEqual(await processesOf(lab), processes)
    equal(readText(`${lab.root}/volumes/job/_data/runs`), 'ran\n')
  })

  await t.test('exec, logs and stats', async () => {
    equal((await lab.expect(0, 'exec', 'beat', 'hostname')).stdout, 'old-host\n')
    await lab.expect(5, 'exec', 'app', '/bin/busybox', 'sh', '-c', 'exit 5')
    match((await lab.expect(0, 'logs', 'beat')).stdout, /^1\n2\n3\n/)
    match((await lab.expect(0, 'stats', '--no-stream')).stdout, /beat/)
  })

  await t.test('a limit is changed in place', async () => {
    lab.write('beat.yaml', (fleet['beat'] ?? '').replace('64Mi', '96Mi'))
    await lab.expect(0, '--once', lab.manifests)
    const { pid } = was('beat')
    equal(readText(`${cgroupOf(pid, 'memory')}/memory.limit_in_bytes`), `${96 * 2 ** 20}\n`)
    await same(...alive)
  })

  const present = lab.watch(lab.manifests)
  await t.test('a watcher takes over; a shim that is killed is replaced by one of this build', async () => {
    await present.until(/watching/)
    const { pid, shimPid } = was('orphaned')
    process.kill(shimPid, 'SIGKILL')
    await eventually(
      () => hasAnotherShim(lab.run, pid, shimPid),
      20_000,
      () => present.output(),
    )
    await same(...alive)
  })

  await t.test('a process that ends is restarted, and its exit code is known', async () => {
    process.kill(was('crashed').pid, 'SIGKILL')
    await present.until(/crashed +exited \(137|crashed .*started/)
    await eventually(
      async () => ![null, was('crashed').pid].includes((await lab.inspect('crashed')).pid),
      20_000,
      () => present.output(),
    )
    match((await lab.expect(0, 'why', 'crashed')).stdout, /137|SIGKILL/)
  })

  await t.test('a stop is the polite one, what is made anew keeps its volume, what is undeclared goes', async () => {
    const { containerId } = was('polite')
    const log = `${lab.root}/containers/${containerId}/${containerId}-json.log`
    lab.write('polite.yaml', (fleet['polite'] ?? '').replace('spec:', 'spec:\n  state: stopped'))
    await eventually(
      async () => (await lab.inspect('polite')).phase === 'exited',
      20_000,
      () => present.output(),
    )
    match(readFileSync(log, 'utf8'), /asked to stop/)
    lab.write('polite.yaml', (fleet['polite'] ?? '').replace('echo up', 'echo anew'))
    const starts = `${lab.root}/volumes/kept/_data/starts`
    await eventually(
      () => readText(starts) === 'up\nanew\n',
      20_000,
      () => readText(starts) + present.output(),
    )
    notEqual((await lab.inspect('polite')).id, containerId)
    await same('beat', 'app', 'orphaned', 'departs')
  })

  await t.test('no line of a log is lost from the first to the last', async () => {
    for (const name of ['beat', 'orphaned']) {
      const numbers = (await lab.expect(0, 'logs', name)).stdout.trim().split('\n').map(Number)
      ok(numbers.length > 20)
      deepEqual(
        numbers,
        numbers.map((_, i) => i + 1),
      )
    }
  })

  await t.test('down ends all of it and leaves nothing', async () => {
    await present.kill('SIGTERM')
    await lab.expect(0, 'down', lab.manifests)
    deepEqual(readdirSync(`${lab.root}/containers`), [])
    for (const { pid, shimPid } of processes.values())
      for (const one of [pid, shimPid]) ok(!existsSync(`/proc/${one}/cwd`))
    equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  })
})
