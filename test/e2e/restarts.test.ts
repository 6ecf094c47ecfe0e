import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, makeLab, readText } from '../support/lab.ts'

const container = (name: string, command: string, restart: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sh, -c, ${JSON.stringify(command)}]
  mounts: ["out:/out"]
  ${restart}
---
`

test('a crash-looping container is restarted at once, then with a growing back-off that ps and why show', {
  timeout: 60_000,
}, async t => {
  const lab = makeLab(t)
  lab.write('c.yaml', container('crash', 'date +%s%N >> /out/starts; exit 3', ''))
  const watcher = lab.watch(lab.manifests)
  const starts = () =>
    readText(`${lab.root}/volumes/out/_data/starts`)
      .split('\n')
      .filter(line => line !== '')
      .map(line => Number(line) / 1e6)
  await eventually(
    () => starts().length >= 5,
    20_000,
    () => `only ${starts().length} starts:\n${watcher.output()}`,
  )
  const gaps = starts()
    .slice(1, 5)
    .map((at, i) => at - (starts()[i] ?? 0))
  assert.ok((gaps[0] ?? 0) < 700, `the first restart is at once, not after ${gaps[0]} ms`)
  assert.ok((gaps[1] ?? 0) >= 100 && (gaps[2] ?? 0) >= 200 && (gaps[3] ?? 0) >= 400, `back-off doubles: ${gaps}`)
  await eventually(
    async () => /crash .*restart in/.test((await lab.expect(0, 'ps')).stdout),
    20_000,
    () => 'ps shows no back-off',
  )
  assert.match((await lab.expect(0, 'why', 'crash')).stdout, /exit(ed)?.*3/)
})

test('on-failure gives up after maxRetries; a run that succeeds is completed', { timeout: 60_000 }, async t => {
  const lab = makeLab(t)
  const file = lab.write(
    'c.yaml',
    container('fails', 'echo x >> /out/fails; exit 3', 'restart: { policy: on-failure, maxRetries: 2 }') +
      container('works', 'echo x >> /out/works; test $(wc -l < /out/works) -ge 2', 'restart: { policy: on-failure }'),
  )
  await lab.expect(1, '--once', file)
  assert.equal(readText(`${lab.root}/volumes/out/_data/fails`), 'x\nx\nx\n')
  assert.equal(readText(`${lab.root}/volumes/out/_data/works`), 'x\nx\n')
})

test('restart starts the container again, with the same id and a new process', async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('c.yaml', container('web', 'sleep 1000', '')))
  const before = await lab.inspect('web')
  const pid = await lab.pid('web')
  await lab.expect(0, 'restart', 'web')
  assert.equal((await lab.inspect('web')).id, before.id)
  assert.notEqual(await lab.pid('web'), pid)
  await lab.expect(64, 'restart')
  await lab.expect(1, 'restart', 'nobody')
})

test('state: stopped stops, and running starts again', async t => {
  const lab = makeLab(t)
  const file = lab.write('c.yaml', container('web', 'sleep 1000', 'state: running'))
  await lab.expect(0, '--once', file)
  lab.write('c.yaml', container('web', 'sleep 1000', 'state: stopped'))
  await lab.expect(0, '--once', file)
  await assert.rejects(lab.pid('web'))
  await sleep(100)
  lab.write('c.yaml', container('web', 'sleep 1000', 'state: running'))
  await lab.expect(0, '--once', file)
  await lab.pid('web')
})
