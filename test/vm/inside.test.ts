/** On cgroup v2 a command in a container, a probe of it, its init and its terminal are what they are elsewhere. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { containerPaths, containerRunDir } from '../../src/dataroot/layout/paths.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { eventually, readText } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { saidIn } from '../support/log-text.ts'
import { openRealHost } from '../support/real-host.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf } from '../support/specs.ts'

const top = readCgroupMounts('/proc').unified ?? ''
const shim = `${process.cwd()}/build/reconcile-shim`
const patienceMs = 60_000

/** One that has all of it, and what the command line and a watcher do with it. */
async function running(t: TestContext) {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  const stop = { signal: 'SIGKILL', graceMs: 0 }
  const command = ['sh', '-c', 'stty size; echo ready; sleep 1000; sleep 1000']
  const wanted = containerOf('web', {
    stop,
    limits: { pids: 30 },
    spec: { command, init: true, tty: true, user: '1000' },
  })
  const { observed } = await host.converge(desiredOf([wanted]), patienceMs)
  const [container = assert.fail('no container')] = observed.containers
  assert.ok(container.phase.known && container.phase.value.phase === 'running')
  const { paths, rootId } = host.deps
  const runDir = containerRunDir(paths, rootId, container.id)
  const cgroup = `${top}/reconcile-${rootId}/${container.id}`
  const exec = (...command: readonly string[]) => {
    const args = ['exec', runDir, '--', ...command]
    const { status, stdout, stderr } = spawnSync(shim, args, { encoding: 'utf8', timeout: 30_000 })
    return { code: status, said: stdout + stderr }
  }
  const log = () => saidIn(containerPaths(paths, container.id).log)
  const members = () => readText(`${cgroup}/pids.current`).trim()
  return { pid: container.phase.value.process.pid, runDir, cgroup, exec, log, members }
}

const becomes = (read: () => string, wanted: string) =>
  eventually(
    () => read() === wanted,
    patienceMs,
    () => `${JSON.stringify(read())} is not ${JSON.stringify(wanted)}`,
  )

test('a command and a probe are in the cgroup of their container and leave nothing there; it has an init and a terminal', async t => {
  const { pid, runDir, cgroup, exec, log, members } = await running(t)
  await becomes(log, '24 80\r\nready\r\n')
  assert.match(readText(`/proc/${pid}/status`), /^Name:\treconcile-init$/m)
  await becomes(members, '3')

  const own = exec('sh', '-c', 'cat /proc/self/cgroup; id -u; exit 7')
  assert.deepEqual(own, { code: 7, said: '0::/\n1000\n' })
  assert.equal(exec('nope').code, 127)
  const child = spawn(shim, ['exec', runDir, '--', 'sh', '-c', 'echo in; sleep 1001; sleep 1001'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await becomes(members, '5')
  child.kill('SIGKILL')
  await becomes(members, '3')

  const probe = async (timeoutMs: number, script: string) => {
    const asked = spawn(shim, ['probe', runDir, `${timeoutMs}`, 'run', 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: asked.stdout }))
      return JSON.parse(line) as Record<string, unknown>
    throw new Error('the probe says nothing')
  }
  assert.deepEqual(await probe(20_000, 'id -u; setsid sleep 1002 & exit 3'), { is: 'ended', code: 3, output: '1000\n' })
  await becomes(members, '3')
  assert.equal((await probe(1000, 'f() { f | f & }; f; sleep 1000'))['is'], 'timeout')
  await becomes(members, '3')
  assert.ok(!existsSync(`${cgroup}/reconcile-probe`))
})
