/** `reconcile stats`: what containers use, by the kernel's own figures, once or every second. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { eventually, makeLab, type Lab } from '../support/lab.ts'

const mib = 2 ** 20
const manifest = (name: string, script: string, limits: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sh, -c, "${script}"], limits: ${limits} }
---
`
/** 24 MiB that can't be taken away, 8 MiB of a file that can, and all the time that the quota gives. */
const busy = 'head -c 25165824 /dev/zero >/dev/shm/kept; head -c 8388608 /dev/zero >/tmp/file; while :; do :; done'

type Figures = Readonly<Record<string, number | string | boolean | null>>
const parse = (text: string): Figures[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Figures)
const figure = (one: Figures | undefined, name: string): number => {
  const value = one?.[name]
  return typeof value === 'number' ? value : assert.fail(`${name} is ${String(value)} in ${JSON.stringify(one)}`)
}

async function openLab(t: { after(clean: () => void | Promise<void>): void }): Promise<Lab> {
  const lab = makeLab(t)
  lab.write('busy.yaml', manifest('busy', busy, '{ memory: 64Mi, pids: 16, cpus: 0.3 }'))
  lab.write('idle.yaml', manifest('idle', 'sleep 1000 & exec sleep 1000', '{}'))
  const ended = manifest('ended', 'exit 0', '{}').replace('limits:', 'restart: { policy: "no" }, limits:')
  lab.write('ended.yaml', ended)
  await lab.expect(0, '--once', lab.manifests)
  return lab
}

test('figures are those of the kernel, units stand in their names, and what is not counted is null', async t => {
  const lab = await openLab(t)
  let all: Figures[] = []
  const isFull = async () => {
    all = parse((await lab.expect(0, 'stats', '--no-stream', '--output', 'json')).stdout)
    return figure(all[0], 'memoryWithCacheBytes') > 32 * mib
  }
  for (let tries = 0; tries < 20 && !(await isFull()); tries++);
  assert.deepEqual(
    all.map(({ name }) => name),
    ['busy', 'idle'],
  )
  const [one, other] = all
  assert.ok(figure(one, 'memoryBytes') > 24 * mib && figure(one, 'memoryBytes') < 40 * mib, JSON.stringify(one))
  assert.ok(figure(one, 'memoryBytes') <= figure(one, 'memoryWithCacheBytes'))
  assert.ok(figure(one, 'memoryPeakBytes') >= figure(one, 'memoryWithCacheBytes'))
  assert.deepEqual(
    [one?.['memoryLimitBytes'], one?.['pids'], one?.['pidsLimit'], other?.['memoryLimitBytes'], other?.['pids']],
    [64 * mib, 1, 16, null, 2],
  )
  const cpuPercent = figure(one, 'cpuPercent')
  assert.ok(cpuPercent > 1 && cpuPercent < 60, `${cpuPercent} % of 30`)
  assert.ok(figure(one, 'cpuThrottledPercent') > 0 && figure(one, 'cpuThrottledMs') > 0)
  assert.ok(figure(other, 'cpuPercent') < 10 && other?.['cpuThrottledPercent'] === null)
  for (const name of ['ioReadBytes', 'ioWrittenBytes', 'ioReadOperations', 'ioWrittenOperations'])
    assert.ok(figure(one, name) >= 0)
})

test('names choose, one that does not run has no figures, and one that is not here is an error', async t => {
  const lab = await openLab(t)
  const { stdout } = await lab.expect(0, 'stats', '--no-stream', 'ended', 'busy')
  const [heading, first, second, ...rest] = stdout.trimEnd().split('\n')
  assert.match(heading ?? '', /^NAME +CPU +THROTTLED +MEMORY +WITH CACHE +PEAK +PIDS +READ +WRITTEN$/)
  assert.match(first ?? '', /^busy +\d+\.\d% +\d+% +[\d.]+[KM]i \/ 64Mi +[\d.]+[KM]i +[\d.]+[KM]i +\d+ \/ 16 /)
  assert.match(second ?? '', /^ended( +-){8}$/)
  assert.deepEqual(rest, [])
  const { stderr } = await lab.expect(1, 'stats', '--no-stream', 'nobody')
  assert.match(stderr, /^nobody is not on this host/)
})

test('without --no-stream a line a container comes every second, until it is interrupted', async t => {
  const lab = await openLab(t)
  const words = ['--root', lab.root, '--run', lab.run, 'stats', '--output', 'json', 'busy']
  const child = spawn(`${process.cwd()}/bin/reconcile`, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', chunk => (said += chunk))
  await eventually(
    () => parse(said).length >= 2,
    20_000,
    () => said,
  )
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 130)
  const [first, second] = parse(said)
  assert.ok(figure(second, 'cpuMs') > figure(first, 'cpuMs'))
  const elapsedMs = Date.parse(String(second?.['time'])) - Date.parse(String(first?.['time']))
  assert.ok(elapsedMs > 900, `${elapsedMs} ms between two lines`)
})
