// Containers start behind what they depend on, stop before it, and who waits in vain says for whom.
import { equal, match, ok } from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { eventually, makeLab, readText } from '../support/lab.ts'

const container = (name: string, script: string, rest: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name}, project: shop }
spec:
  rootfs: host
  command: [sh, -c, ${JSON.stringify(script)}]
${rest}`

/** Each says in one file when it begins and when it is asked to stop. */
function noted(t: TestContext) {
  const lab = makeLab(t)
  const notes = `${lab.folder}/notes`
  mkdirSync(notes)
  const says = (name: string) =>
    `echo ${name} starts >> /notes/log; trap 'sleep 0.1; echo ${name} stops >> /notes/log; exit 0' TERM; sleep 1000 & wait`
  const mounts = `  mounts: ["${notes}:/notes"]\n`
  const log = () => readText(`${notes}/log`).trim().split('\n')
  return { lab, says, mounts, log }
}

test('they start in the order of their dependencies, and stop in the reverse one', async t => {
  const { lab, says, mounts, log } = noted(t)
  lab.write(
    'shop.yaml',
    [
      container('a-web', says('web'), `${mounts}  dependsOn: [{ name: migrate, condition: completed }, db]\n`),
      container('db', says('db'), mounts),
      container('migrate', 'sleep 0.6; echo migrated >> /notes/log', `${mounts}  restart: no\n  dependsOn: [db]\n`),
    ].join('---\n'),
  )
  const once = lab.expect(0, '--once', lab.manifests)
  let state = ''
  await eventually(
    async () => {
      state = (await lab.expect(0, 'ps')).stdout
      return state.includes('waiting for shop/migrate to complete')
    },
    10_000,
    () => state,
  )
  match((await once).stdout, /converged: .*3 of 3 containers ready/)
  await eventually(
    () => log().length === 3,
    20_000,
    () => log().join(),
  )
  equal(log().join(), 'db starts,migrated,web starts')
  match((await lab.expect(0, 'plan', lab.manifests)).stdout, /nothing to do/)
  await lab.expect(0, 'down', lab.manifests)
  equal(log().slice(3).join(), 'web stops,db stops')
})

test('the failure of a one-shot that others need fails the run, and says whom it blocks', async t => {
  const { lab, says, mounts } = noted(t)
  lab.write(
    'shop.yaml',
    [
      container('web', says('web'), `${mounts}  dependsOn: [{ name: migrate, condition: completed }]\n`),
      container('api', says('api'), `${mounts}  dependsOn: [web]\n`),
      container(
        'log',
        says('log'),
        `${mounts}  dependsOn: [{ name: migrate, condition: completed, required: false }]\n`,
      ),
      container('migrate', 'exit 3', '  restart: no\n'),
    ].join('---\n'),
  )
  const { stdout } = await lab.expect(1, '--once', lab.manifests)
  match(stdout, /shop\/migrate +blocked +exited \(3\); final for this spec/)
  match(stdout, /shop\/web +blocked +shop\/migrate exited \(3\), and must complete first +.*shop.yaml:8:/)
  match(stdout, /shop\/api +blocked +shop\/web is blocked, and must start first/)
  match(stdout, /failed: 1 container ended with a failure;.* 1 of 4 containers ready/)
  match((await lab.expect(0, 'ps')).stdout, /shop\/web .*blocked: shop\/migrate exited \(3\), and must complete first/)
  equal((await lab.inspect('shop/log')).phase, 'running')
})

test('a running one is never stopped for what it depends on, and restarted with it only where that is declared', async t => {
  const { lab, says, mounts, log } = noted(t)
  lab.write(
    'shop.yaml',
    [
      container('db', says('db'), mounts),
      container('loose', says('loose'), `${mounts}  dependsOn: [db]\n`),
      container('tied', says('tied'), `${mounts}  dependsOn: [{ name: db, restartWith: true }]\n`),
    ].join('---\n'),
  )
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  await eventually(
    () => log().length === 3,
    20_000,
    () => log().join(),
  )
  const pids = [await lab.pid('shop/db'), await lab.pid('shop/loose'), await lab.pid('shop/tied')]
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await watcher.until(/shop\/tied +stopping.*\n(.*\n)*.*shop\/tied .*started/)
  await eventually(
    () => log().at(-1) === 'tied starts',
    20_000,
    () => log().join(),
  )
  equal(await lab.pid('shop/loose'), pids[1])
  ok((await lab.pid('shop/tied')) !== pids[2])
  match((await lab.expect(0, 'why', 'shop/tied')).stdout, /restarted with shop\/db/)
  equal(readFileSync(`/proc/${pids[1]}/comm`, 'utf8').trim(), 'sh')
})

test('a graph of many levels is up in one pass', async t => {
  const lab = makeLab(t)
  const levels = Array.from({ length: 12 }, (_, i) =>
    container(`c${11 - i}`, 'sleep 1000', i === 11 ? '' : `  dependsOn: [c${10 - i}]\n`),
  )
  lab.write('shop.yaml', levels.join('---\n'))
  await lab.expect(0, '--once', lab.manifests)
  match((await lab.expect(0, 'why', 'shop/c11')).stdout, /pass 1 +created and started/)
})
