/**
 * Six things that somebody does to a running container by hand: each is seen within a second, or with the sweep where the kernel
 * tells nobody, put right under the same process, and kept as one line of its history. Beside it what docker and compose, where
 * they are installed, say of a container of theirs to which the same was done.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { columns as aligned } from '../../src/status/text/columns.ts'
import { type ComposeView, composeView } from '../support/compose-drifts.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'
import { containerText } from '../support/manifest-text.ts'
import { type Drift, silentDrifts, type Subject, toldDrifts } from '../support/six-drifts.ts'

const eventMs = 1000
/** and what the pass itself takes */
const sweepMs = 30_000 + 1000

const manifest = (name: string, source: string) =>
  containerText(
    name,
    ['sleep', '1000'],
    `  stop: { grace: 0s }
  mounts: ["${name}-data:/data", "${source}:/etc/site.conf"]
  limits: { memory: 64Mi, ulimits: { nofile: { soft: 512, hard: 1024 } } }
`,
  )

/** How long each took, in the order in which it is asked. */
type Healed = Readonly<Record<string, number>>

test('six drifts of a running container are healed in place, each in one line of its history', async t => {
  const lab = makeLab(t)
  const source = (name: string) => `${lab.folder}/${name}.conf`
  for (const name of ['web', 'still']) {
    writeFileSync(source(name), 'old')
    lab.write(`${name}.yaml`, manifest(name, source(name)))
  }
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const subject = async (name: string): Promise<Subject> => ({ pid: await lab.pid(name), source: source(name) })
  const [web, still] = [await subject('web'), await subject('still')]

  // Nothing tells of these: the next look at everything finds them, the sweep at the latest.
  const silent = silentDrifts(still)
  for (const { make } of silent) make()
  const waiting = Promise.all(silent.map(each => healing(each, sweepMs)))
  const healed: Record<string, number> = {}
  for (const each of toldDrifts(web)) {
    each.make()
    Object.assign(healed, await healing(each, eventMs))
    await sleep(100)
  }
  const beside = await composeView(`${lab.folder}/compose`)
  Object.assign(healed, ...(await waiting))

  assert.deepEqual([await lab.pid('web'), await lab.pid('still')], [web.pid, still.pid])
  for (const line of table(healed, beside)) t.diagnostic(line)
  if (beside === null) t.diagnostic('docker-compose or dockerd is not installed: nothing to compare with')
  assert.deepEqual(await told(lab, 'web'), [
    'memory 32Mi -> 64Mi, in place',
    'frozen yes -> no, in place',
    'mount /data mounted again, in place',
    'mount /etc/site.conf mounted anew, in place',
  ])
  assert.deepEqual(await told(lab, 'still'), [
    'cgroup / (pids) -> its own, in place',
    'ulimits.nofile 64:1024 -> 512:1024, in place',
  ])
})

async function healing({ name, isOff }: Drift, limitMs: number): Promise<Healed> {
  const ms = await eventually(
    () => !isOff(),
    limitMs,
    () => `${name}: still so after ${limitMs} ms`,
  )
  return { [name]: ms }
}

/** The lines of its history that tell of a heal, as `why` shows them. */
async function told(lab: Lab, name: string): Promise<string[]> {
  const { stdout } = await lab.expect(0, 'why', name)
  return stdout.split('\n').flatMap(line => / pass \d+ +(.*, in place)/.exec(line)?.[1] ?? [])
}

function table(healed: Healed, beside: ComposeView | null): string[] {
  const rows = Object.entries(healed).map(([name, ms]) => [
    name,
    `${ms.toFixed(0)} ms`,
    ...(beside === null ? [] : [beside.ps, beside.up, beside.off[name] === true ? 'still off' : 'healed']),
  ])
  const head = [
    'drift',
    'healed by us after',
    ...(beside === null ? [] : ['docker ps', 'compose up -d', 'the kernel then']),
  ]
  return aligned(
    [head, ...rows],
    head.map(() => ({ least: 0, gap: 2 })),
  )
    .join('\n')
    .split('\n')
}
