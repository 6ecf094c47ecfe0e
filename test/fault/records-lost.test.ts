import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { dataRootPaths, containerPaths, containerRunDir, type ContainerPaths } from '../../src/dataroot/layout/paths.ts'
import { probeRoot } from '../../src/dataroot/layout/root.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'

const manifest = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  command: [sh, -c, 'echo begun; trap "exit 0" TERM; while :; do sleep 0.05; echo tick; done']
  mounts: ["data:/data", { type: volume, target: /own }]
  limits: { memory: 64Mi }
---
apiVersion: reconcile/v1
kind: Volume
metadata: { name: data }
spec: { removal: delete }
`

type Running = {
  readonly lab: Lab
  readonly at: ContainerPaths
  readonly id: string
  readonly pid: number
  readonly runDir: string
  /** all that is below `containers/`, and below `records/` */
  readonly all: readonly string[]
}

async function running(t: TestContext): Promise<Running> {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest)
  await lab.expect(0, '--once', lab.manifests)
  const { id, pid } = await lab.inspect('web')
  assert.ok(pid !== null)
  // what is left of it when nothing of the data-root names it any more
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  const paths = dataRootPaths(lab.root, lab.run)
  const root = probeRoot(paths)
  assert.ok(root.ok && root.value !== null)
  const runDir = containerRunDir(paths, root.value.rootId, id)
  return { lab, at: containerPaths(paths, id), id, pid, runDir, all: [paths.containers, paths.recordCopies] }
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}/cwd`) && !/\) [ZX] /.test(statOf(pid))
const statOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return '1 (gone) X '
  }
}
const empty = (directory: string) => {
  for (const name of readdirSync(directory)) rmSync(`${directory}/${name}`, remaining)
}
/** A watcher and a shim may be writing there meanwhile. */
const remaining = { recursive: true, maxRetries: 20, retryDelay: 10 } as const
const remove = (path: string) => rmSync(path, remaining)

/** What somebody does to the files of a container that runs. */
const losses: Readonly<Record<string, (it: Running) => void>> = {
  'its directory is deleted': ({ at }) => remove(at.dir),
  'its directory is emptied': ({ at }) => empty(at.dir),
  'its record is deleted': ({ at }) => remove(at.record),
  'its record is cut off': ({ at }) => truncateSync(at.record, 40),
  'its record is emptied': ({ at }) => truncateSync(at.record, 0),
  "Docker's files are deleted": ({ at }) => [at.config, at.hostConfig].forEach(remove),
  'its directory and the second copy of its record are deleted': ({ at }) => [at.dir, at.recordCopy].forEach(remove),
  'its record and the second copy are emptied': ({ at }) =>
    [at.record, at.recordCopy].forEach(path => truncateSync(path, 0)),
  'all containers and all second copies are deleted': ({ all }) => all.forEach(empty),
  'its directory and its run directory are deleted': ({ at, runDir }) => [at.dir, runDir].forEach(remove),
}

async function assertSame({ lab, id, pid, at }: Running): Promise<void> {
  assert.equal((await lab.inspect('web'))['id'], id)
  assert.equal(await lab.pid('web'), pid)
  assert.ok(isAlive(pid))
  assert.deepEqual(readdirSync(`${lab.root}/containers`), [id])
  for (const path of [at.record, at.recordCopy, at.config, at.hostConfig, at.hostname]) {
    assert.ok(existsSync(path), path)
  }
}

suite('a container that runs is not lost with its files', { concurrency: 2 }, () => {
  for (const [what, lose] of Object.entries(losses)) {
    test(`${what}: it is shown, kept, restored and removed`, async t => {
      const it = await running(t)
      const { lab, pid, at } = it
      lose(it)
      assert.match((await lab.expect(0, 'ps')).stdout, /web/)
      const plan = await lab.reconcile('plan', lab.manifests)
      assert.doesNotMatch(plan.stdout, /create|start|delete/, plan.stdout)
      const once = await lab.expect(0, '--once', lab.manifests)
      assert.doesNotMatch(once.stdout, /created|started/)
      await assertSame(it)
      await eventually(
        () => readFileSync(at.log, 'utf8').includes('tick'),
        20_000,
        () => 'it logs nowhere',
      )
      await lab.expect(0, 'restart', 'web')
      assert.notEqual(await lab.pid('web'), pid)
      assert.ok(!isAlive(pid))
      await lab.expect(0, 'down', lab.manifests)
      assert.deepEqual(readdirSync(`${lab.root}/containers`), [])
      assert.equal(existsSync(`${lab.root}/volumes/data`), false)
    })
  }

  test('down alone ends a container whose directory was deleted, and takes its volumes', async t => {
    const { lab, at, pid } = await running(t)
    remove(at.dir)
    const down = await lab.expect(0, 'down', lab.manifests)
    assert.match(down.stderr, /container web .*restored/)
    assert.ok(!isAlive(pid))
    const left = readdirSync(`${lab.root}/volumes`, { withFileTypes: true }).filter(entry => entry.isDirectory())
    assert.deepEqual(left, [])
  })

  test('a watcher restores it while it watches', async t => {
    const it = await running(t)
    const watcher = it.lab.watch(it.lab.manifests)
    await watcher.until(/watching/)
    remove(it.at.dir)
    it.lab.write('other.yaml', 'apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: other }\n')
    await watcher.until(/container web .*restored/)
    await assertSame(it)
  })

  for (const copies of ['one of them', 'both of them']) {
    test(`a record of a later version is left alone, ${copies}`, async t => {
      const { lab, at, pid } = await running(t)
      const later = readFileSync(at.record, 'utf8').replace('"version": 1', '"version": 2')
      for (const path of copies === 'both of them' ? [at.record, at.recordCopy] : [at.record])
        writeFileSync(path, later)
      assert.match((await lab.expect(0, 'ps')).stdout, /web/)
      assert.notEqual((await lab.reconcile('--once', lab.manifests)).code, 0)
      assert.notEqual((await lab.reconcile('down', lab.manifests)).code, 0)
      assert.equal(readFileSync(at.record, 'utf8'), later)
      assert.ok(isAlive(pid))
      assert.deepEqual(readdirSync(`${lab.root}/containers`), [at.dir.split('/').at(-1)])
      assert.ok(existsSync(`${lab.root}/volumes/data`))
    })
  }
})

suite('a run that nothing names any more', { concurrency: 2 }, () => {
  const lost: Readonly<Record<string, (it: Running) => void>> = {
    'and whose plan is deleted': ({ all, runDir }) => (all.forEach(empty), remove(`${runDir}/plan`)),
    'and whose plan is damaged': ({ all, runDir }) => (all.forEach(empty), truncateSync(`${runDir}/plan`, 9)),
    'and whose run directory is deleted': ({ all, runDir }) => (all.forEach(empty), remove(runDir)),
  }
  for (const [what, lose] of Object.entries(lost)) {
    test(`${what} is told; nothing is made beside it or taken from it`, async t => {
      const it = await running(t)
      const { lab, id, pid } = it
      lose(it)
      const told = new RegExp(`unknown container ${id.slice(0, 12)}, pid ${pid}: its record is lost`)
      assert.match((await lab.expect(0, 'ps')).stderr, told)
      assert.match((await lab.reconcile('doctor')).stdout, told)
      const plan = await lab.expect(4, 'plan', lab.manifests)
      assert.match(plan.stdout, new RegExp(`kill ${pid}`))
      assert.match((await lab.expect(4, '--once', lab.manifests)).stderr, told)
      assert.deepEqual(readdirSync(`${lab.root}/containers`), [])
      assert.match((await lab.expect(4, 'down', lab.manifests)).stderr, told)
      await lab.expect(4, 'volumes', 'rm', 'data')
      assert.ok(existsSync(`${lab.root}/volumes/data`))
      process.kill(pid, 'SIGKILL')
      await eventually(
        () => !isAlive(pid),
        20_000,
        () => 'it lives',
      )
      await lab.expect(0, '--once', lab.manifests)
      assert.notEqual(await lab.pid('web'), pid)
    })
  }
})
