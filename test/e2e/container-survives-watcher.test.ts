import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { eventually, makeLab } from '../support/lab.ts'
import { hasAnotherShim, runStates } from '../support/shims.ts'

const beat = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: beat }
spec: { rootfs: host, command: [sh, -c, "n=0; while :; do n=$((n+1)); echo $n; sleep 0.1; done"] }
`

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`a container outlives a watcher ended by ${signal}, and the next run plans nothing`, async t => {
    const lab = makeLab(t)
    const file = lab.write('beat.yaml', beat)
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    const { id } = await lab.inspect('beat')
    const pid = await lab.pid('beat')
    const log = `${lab.root}/containers/${id}/${id}-json.log`
    await watcher.kill(signal)
    const sizeThen = statSync(log).size
    await eventually(
      () => statSync(log).size > sizeThen + 300,
      20_000,
      () => 'the log does not grow',
    )
    assert.equal(await lab.pid('beat'), pid)
    assert.match((await lab.expect(0, 'ps')).stdout, /beat .*unwatched/)
    await lab.expect(0, 'plan', lab.manifests)
    assert.match((await lab.expect(0, '--once', file)).stdout, /^nothing to do/)
    assert.equal(await lab.pid('beat'), pid)
    const numbers = [...readFileSync(log, 'utf8').matchAll(/"log":"(\d+)\\n"/g)].map(match => Number(match[1]))
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i + 1),
      'no line is missing',
    )
  })
}

test('a killed shim is replaced under a watcher, and no later line is lost', async t => {
  const lab = makeLab(t)
  lab.write('beat.yaml', beat)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const { id } = await lab.inspect('beat')
  const pid = await lab.pid('beat')
  const shim = runStates(lab.run)[0]?.shimPid ?? 0
  process.kill(shim, 'SIGKILL')
  const ms = await eventually(
    () => hasAnotherShim(lab.run, pid, shim),
    20_000,
    () => `no new shim:\n${watcher.output()}`,
  )
  t.diagnostic(`replaced after ${ms.toFixed(0)} ms`)
  const log = `${lab.root}/containers/${id}/${id}-json.log`
  const sizeThen = statSync(log).size
  await eventually(
    () => statSync(log).size > sizeThen + 300,
    20_000,
    () => 'the log does not grow under the new shim',
  )
  assert.equal(await lab.pid('beat'), pid)
})
