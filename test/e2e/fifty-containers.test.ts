import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { makeLab } from '../support/lab.ts'

const count = 50

test('fifty containers come from one directory, stay as they are, and go', { timeout: 180_000 }, async t => {
  const lab = makeLab(t)
  for (let i = 0; i < count; i++) {
    lab.write(
      `c${i}.yaml`,
      `apiVersion: reconcile/v1
kind: Container
metadata: { name: c${i} }
spec: { rootfs: host, command: [sleep, "1000"], limits: { memory: 32Mi, pids: 16 } }
`,
    )
  }
  const up = await lab.expect(0, '--once', lab.manifests)
  assert.match(up.stdout, /50 of 50 containers ready/)
  const again = await lab.expect(0, '--once', lab.manifests)
  assert.match(again.stdout, /^nothing to do: 50 containers/)
  const ps = await lab.expect(0, 'ps')
  assert.equal(ps.stdout.split('\n').filter(line => /^c\d+ .*running/.test(line)).length, count)
  const down = await lab.expect(0, 'down', lab.manifests)
  t.diagnostic(`fifty from nothing: ${up.ms.toFixed(0)} ms`)
  t.diagnostic(`again: ${again.ms.toFixed(0)} ms`)
  t.diagnostic(`ps: ${ps.ms.toFixed(0)} ms`)
  t.diagnostic(`down: ${down.ms.toFixed(0)} ms`)
  assert.deepEqual(readdirSync(`${lab.root}/containers`), [])
})
