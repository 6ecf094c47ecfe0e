/** README's sessions, as they stand there. Their own check for leftovers looks at the whole host: nothing may run beside it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { hostCommand } from '../../support/host-command.ts'
import { makeLab, requireRoot } from '../../support/lab.ts'

test("README's sessions, with an image too, do what README says, line by line", { timeout: 240_000 }, () => {
  requireRoot()
  const { RECONCILE_PRIVATE_HOST: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  const demo = spawnSync(process.execPath, ['scripts/demo.ts'], { encoding: 'utf8', env, timeout: 230_000 })
  assert.equal(demo.status, 0, demo.stdout + demo.stderr)
  assert.match(demo.stdout, /demo: all as README\.md says\n$/)
})

test("the example's image is one for other tools too", t => {
  const { folder } = makeLab(t)
  const made = spawnSync('sh', ['examples/make-image.sh', 'team/web:1', 'hello'], {
    timeout: 60_000,
    maxBuffer: 1 << 26,
  })
  assert.equal(made.status, 0, made.stderr.toString())
  writeFileSync(`${folder}/web.tar`, made.stdout)
  const { Os, Layers } = JSON.parse(hostCommand('skopeo', 'inspect', `docker-archive:${folder}/web.tar`)) as {
    Os: string
    Layers: string[]
  }
  assert.deepEqual([Os, Layers.length], ['linux', 2])
})
