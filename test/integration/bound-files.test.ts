/** A changed bound file is answered once, as its mount says: told, by a signal, or by a restart. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { readContainer } from '../../src/dataroot/objects/containers.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import type { DesiredState, OnChange } from '../../src/model/desired.ts'
import { leftText } from '../../src/status/text/left-text.ts'
import { refusalText, waitingText } from '../../src/status/passes/waiting.ts'
import { eventually, readText } from '../support/lab.ts'
import { bind, makeMountLab, type MountLab } from '../support/mount-lab.ts'
import { openRealHost, type RealHost } from '../support/real-host.ts'
import { containerOf, desiredOf } from '../support/specs.ts'

const target = '/etc/site.conf'
/** Counts the signals that it hears. */
const script = 'n=0; trap "n=\\$((n+1)); echo heard \\$n" HUP; echo ready; while :; do sleep 0.02; done'

type Case = { readonly lab: MountLab; readonly host: RealHost; readonly file: string; readonly desired: DesiredState }

async function started(t: TestContext, onChange: OnChange, wrap?: Parameters<typeof openRealHost>[1]): Promise<Case> {
  const lab = makeMountLab(t)
  const host = wrap === undefined ? lab.host : openRealHost(lab.folder, wrap)
  if (wrap !== undefined) t.after(() => host.close())
  const file = lab.write('bound/site.conf', 'first')
  const spec = { command: ['sh', '-c', script], mounts: [bind(file, target, { readOnly: true })], rootfs: 'host' }
  const desired = desiredOf([containerOf('web', { spec, onChange: { [target]: onChange }, stop: noGrace })])
  await host.converge(desired)
  await heard({ host, desired }, 'ready')
  return { lab, host, file, desired }
}
const noGrace = { signal: 'SIGKILL', graceMs: 0 }

async function only(host: RealHost, desired: DesiredState) {
  const [container] = (await host.observe(desired)).containers
  ok(container?.phase.known && container.phase.value.phase === 'running', JSON.stringify(container?.phase))
  return { ...container, process: container.phase.value.process }
}

const logOf = async ({ host, desired }: Pick<Case, 'host' | 'desired'>): Promise<string> =>
  readText(containerPaths(host.deps.paths, (await only(host, desired)).id).log)

async function heard({ host, desired }: Pick<Case, 'host' | 'desired'>, words: string): Promise<void> {
  await eventually(
    async () => (await logOf({ host, desired })).includes(words),
    20_000,
    () => `never heard: ${words}`,
  )
}

const signals = async (one: Pick<Case, 'host' | 'desired'>): Promise<number> => {
  await new Promise(resolve => setTimeout(resolve, 100))
  return (await logOf(one)).match(/heard/g)?.length ?? 0
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

test('each save is one signal, in place and by a rename; the same again, and another time of it, are none', async t => {
  const one = await started(t, { signal: 'SIGHUP' })
  const { host, file, desired } = one
  const { process } = await only(host, desired)
  deepEqual((await host.pass(desired)).plan.steps, [], 'nothing to do before')
  for (const part of ['one', 'two', 'three']) writeFileSync(file, part, { flag: 'a' })
  const { plan } = await host.pass(desired)
  deepEqual([plan.steps, plan.waiting.map(each => waitingText(each, 0))], [[], [`for ${file} to be written`]])
  const { steps } = await host.converge(desired)
  deepEqual(steps, [])
  await heard(one, 'heard 1')
  replace(file, 'replaced')
  await host.converge(desired)
  await heard(one, 'heard 2')
  equal(readFileSync(`/proc/${process.pid}/root${target}`, 'utf8'), 'replaced')
  utimesSync(file, 1, 1)
  replace(file, 'replaced')
  await host.converge(desired)
  equal(await signals(one), 2)
  deepEqual((await only(host, desired)).process, process)
})

test('a change while nobody looked is answered once by the next that does', async t => {
  const one = await started(t, { signal: 'SIGHUP' })
  writeFileSync(one.file, 'meanwhile')
  for (const _ of [1, 2]) {
    const host = openRealHost(one.lab.folder)
    await host.converge(one.desired)
    host.close()
  }
  equal(await signals(one), 1)
})

test('a pass that dies between the signal and its note has it sent once more, and then no more', async t => {
  let dies = false
  const one = await started(t, { signal: 'SIGHUP' }, core => ({
    ...core,
    signal: (...which) => {
      const sent = core.signal(...which)
      if (dies) throw new Error('killed')
      return sent
    },
  }))
  writeFileSync(one.file, 'other')
  dies = true
  await one.host.converge(one.desired).then(
    () => ok(false, 'it did not die'),
    (error: Error) => match(`${error}`, /killed/),
  )
  dies = false
  await heard(one, 'heard 1')
  await one.host.converge(one.desired)
  await heard(one, 'heard 2')
  equal(await signals(one), 2)
  await one.host.converge(one.desired)
  equal(await signals(one), 2)
})

test('a restart for a file is a stop and a start, no crash, and only one', async t => {
  const one = await started(t, 'restart')
  const { host, file, desired } = one
  const before = await only(host, desired)
  replace(file, 'other')
  const { steps } = await host.converge(desired)
  deepEqual(steps, [])
  const after = await only(host, desired)
  ok(after.process.pid !== before.process.pid)
  deepEqual([after.id, after.restarts.count, after.restarts.streak], [before.id, 0, 0])
  equal(readFileSync(`/proc/${after.process.pid}/root${target}`, 'utf8'), 'other')
  await heard(one, 'ready')
})

test('what is only told changes nothing, and is no work that is pending', async t => {
  const one = await started(t, 'report')
  writeFileSync(one.file, 'other')
  await new Promise(resolve => setTimeout(resolve, 300))
  const { steps } = await one.host.pass(one.desired)
  deepEqual(
    steps.map(({ step, result }) => [step.action.kind, step.reason.code, step.class, result]),
    [['answer-change', 'file-changed', 'bookkeeping', 'done']],
  )
  deepEqual((await one.host.pass(one.desired)).plan.steps, [])
  equal(await signals(one), 0)
})

test('a file that changes all the time is answered five times, then now and then, and that is told', async t => {
  const one = await started(t, { signal: 'SIGHUP' })
  const { host, file, desired } = one
  for (let n = 0; n < 7; n++) {
    writeFileSync(file, `${n}`)
    await host.converge(desired)
  }
  equal(await signals(one), 5)
  const { left = [] } = (await host.pass(desired)).plan
  match(
    left.map(each => leftText(each, Date.now())).join('; '),
    /changed 5 times in 60 s; its next change is answered in (1m|\d+s)/,
  )
})

test('a file that is written without a pause is answered all the same', async t => {
  const one = await started(t, { signal: 'SIGHUP' })
  let n = 0
  const begun = performance.now()
  const writing = setInterval(() => writeFileSync(one.file, `${n++}`), 20)
  try {
    await eventually(
      async () => (await one.host.pass(one.desired), (await logOf(one)).includes('heard')),
      20_000,
      () => 'no signal',
    )
    ok(performance.now() - begun > 1900)
  } finally {
    clearInterval(writing)
  }
})

const bytesRead = () => Number(/^rchar: (\d+)/m.exec(readText('/proc/self/io'))?.[1])

test('2 GiB are told apart without being read', async t => {
  const one = await started(t, { signal: 'SIGHUP' })
  const { host, file, desired } = one
  truncateSync(file, 2 ** 31)
  const before = bytesRead()
  await host.converge(desired)
  await heard(one, 'heard 1')
  ok(bytesRead() - before < 2 ** 26, `${bytesRead() - before} bytes were read`)
})

test('a directory, or nothing, where a file is asked for: refused before anything is made, told of what runs', async t => {
  const lab = makeMountLab(t)
  mkdirSync(`${lab.folder}/bound`)
  const refused = async (source: string) => {
    const spec = { command: ['sleep', '1000'], mounts: [bind(source, target)], rootfs: 'host' }
    const desired = desiredOf([containerOf('web', { spec, onChange: { [target]: 'restart' } })])
    const { plan } = await lab.host.pass(desired)
    deepEqual(plan.steps, [])
    return plan.blocked.map(({ refusal }) => refusalText(refusal).replaceAll(lab.folder, 'LAB'))
  }
  deepEqual(await refused(`${lab.folder}/bound`), [
    'bind source LAB/bound: onChange is for files, and it is a directory',
  ])
  deepEqual(await refused(`${lab.folder}/gone`), ['bind source LAB/gone: it does not exist'])
})

test('a run of which nothing was kept is taken as it is, and looked after from then on', async t => {
  const one = await started(t, { signal: 'SIGHUP' })
  const { id } = await only(one.host, one.desired)
  writeFileSync(containerPaths(one.host.deps.paths, id).files, 'nonsense')
  writeFileSync(one.file, 'unseen')
  await one.host.converge(one.desired)
  equal(await signals(one), 0)
  writeFileSync(one.file, 'seen')
  await one.host.converge(one.desired)
  equal(await signals(one), 1)
  equal(readContainer(one.host.deps.paths, id)?.record.declaration.onChange?.[target] !== undefined, true)
})
