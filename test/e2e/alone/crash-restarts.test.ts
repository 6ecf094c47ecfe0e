/** Two hundred crashes and restarts under one watcher leave nothing behind: no busy layer, no held file system, no descriptor. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { eventually, makeLab } from '../../support/lab.ts'

const containers = 25
const restarts = 8

test(`${containers * restarts} restarts: no layer is in use twice, the volume's file system can be unmounted, descriptors stay`, async t => {
  const lab = makeLab(t)
  const data = `${lab.folder}/data`
  const unmount = mountTmpfs(t, data)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const before = descriptors(watcher.pid)
  const since = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  for (let i = 0; i < containers; i++) lab.write(`crash-${i}.yaml`, crashing(`crash-${i}`, data))
  const rows = async () => JSON.parse((await lab.expect(0, 'ps', '--output', 'json')).stdout) as Row[]
  let last: Row[] = []
  await eventually(
    async () => {
      last = await rows()
      return last.length === containers && last.every(row => row.restarts === restarts && row.phase === 'exited')
    },
    90_000,
    () => `not all have ended:\n${JSON.stringify(last)}\n${watcher.output()}`,
  )
  await new Promise(resolve => setTimeout(resolve, 1000))
  assert.equal(unmount(), '')
  assert.deepEqual(
    kernelLog(since).filter(line => /overlay|upperdir|workdir/i.test(line)),
    [],
  )
  const after = descriptors(watcher.pid)
  t.diagnostic(`descriptors of the watcher: ${before} before, ${after} after`)
  assert.ok(after <= before + 4, `descriptors: ${before} before, ${after} after`)
})

type Row = { readonly phase: string; readonly restarts: number }

const crashing = (name: string, data: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sh, -c, "date > /data/${name}; exit 3"]
  restart: { policy: on-failure, maxRetries: ${restarts} }
  mounts: ["${data}:/data"]
`

/** What it returns unmounts, and says what was in the way. */
function mountTmpfs(t: TestContext, path: string): () => string {
  mkdirSync(path)
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', 'reconcile-test', path]).status, 0)
  let mounted = true
  const unmount = () => {
    const { status, stderr } = spawnSync('umount', [path], { encoding: 'utf8' })
    if (status === 0) mounted = false
    return stderr
  }
  t.after(() => {
    if (mounted) spawnSync('umount', ['--lazy', path])
  })
  return unmount
}

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length
/** `since`: seconds since the boot */
const kernelLog = (since: number) =>
  spawnSync('dmesg', { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(line => Number(/^\[ *([\d.]+)\]/.exec(line)?.[1]) >= since)
