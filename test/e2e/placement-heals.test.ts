/**
 * A container stays where it was put, and what it was given: a freeze, a process moved out of its cgroup, a ulimit and an OOM
 * score changed by hand are told with three values and undone under the running process.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { cgroupOf, eventually, makeLab, readText } from '../support/lab.ts'

const manifest = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  command: [sh, -c, "sleep 1000 & sleep 1000"]
  limits: { pids: 32, oomScoreAdj: 300, ulimits: { nofile: { soft: 512, hard: 1024 } } }
`

const nofile = (pid: number) => /^Max open files\s+(\d+)\s+(\d+)/m.exec(readText(`/proc/${pid}/limits`))?.slice(1)
const childOf = (pid: number) => Number(readText(`/proc/${pid}/task/${pid}/children`).split(' ')[0])
const rootOf = (controller: string) => `/sys/fs/cgroup/${controller}/cgroup.procs`

test('what was done to a running container is told and undone in place, each in a line of its history', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest)
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  const [memory, freezer] = [cgroupOf(pid, 'memory'), cgroupOf(pid, 'freezer')]
  writeFileSync(rootOf('memory'), `${pid}`)
  writeFileSync(rootOf('pids'), `${childOf(pid)}`)
  writeFileSync(`${freezer}/freezer.state`, 'FROZEN')
  writeFileSync(`/proc/${pid}/oom_score_adj`, '900')
  execFileSync('sh', ['-c', `prlimit --pid=${pid} --nofile=64:1024`])

  const drift = (await lab.expect(2, 'drift', file)).stdout
  t.diagnostic(drift)
  assert.match(drift, /web\s+frozen\s+desired no\s+recorded no\s+kernel yes\s+in place: thaw/)
  assert.match(drift, /web\s+cgroup\s+.*kernel \/ \(memory\), 1 child outside\s+in place: move back/)
  assert.match(drift, /web\s+ulimits.nofile\s+desired 512:1024\s+recorded 512:1024\s+kernel 64:1024/)
  assert.match(drift, /web\s+oomScoreAdj\s+desired 300\s+recorded 300\s+kernel 900/)
  assert.equal(nofile(pid)?.join(), '64,1024', 'drift changes nothing')
  assert.match((await lab.expect(0, 'ps')).stdout, /frozen,cgroup,ulimits.nofile,oomScoreAdj/)

  const once = (await lab.expect(0, '--once', file)).stdout
  t.diagnostic(once)
  assert.equal(await lab.pid('web'), pid)
  assert.equal(cgroupOf(pid, 'memory'), memory)
  assert.match(readText(`/proc/${childOf(pid)}/cgroup`), /:pids:\/.*reconcile-/)
  assert.equal(readText(`${freezer}/freezer.state`).trim(), 'THAWED')
  assert.equal(nofile(pid)?.join(), '512,1024')
  assert.equal(readText(`/proc/${pid}/oom_score_adj`).trim(), '300')
  assert.match((await lab.expect(0, 'drift', file)).stdout, /nothing has drifted/)
  assert.match((await lab.expect(0, '--once', file)).stdout, /^nothing to do/)

  const why = (await lab.expect(0, 'why', 'web')).stdout
  t.diagnostic(why)
  for (const line of [
    /frozen yes -> no, in place/,
    /cgroup \/ \(memory\), 1 child outside -> its own, in place/,
    /ulimits.nofile 64:1024 -> 512:1024, in place/,
    /oomScoreAdj 900 -> 300, in place/,
  ])
    assert.match(why, line)
})

test('a frozen container goes on within a second under a watcher', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pid = await lab.pid('web')
  const state = `${cgroupOf(pid, 'freezer')}/freezer.state`
  const took: string[] = []
  for (let i = 0; i < 3; i++) {
    writeFileSync(state, 'FROZEN')
    const isThawed = () => readFileSync(state, 'utf8').trim() === 'THAWED'
    took.push((await eventually(isThawed, 1000, () => `still ${readText(state)}`)).toFixed(1))
  }
  t.diagnostic(`thawed after ${took.join(', ')} ms`)
  assert.equal(await lab.pid('web'), pid)
})

test('what a program does with what it was given is no drift', async t => {
  const lab = makeLab(t)
  const command = '[sh, -c, "ulimit -S -n 1024; exec sleep 1000"]'
  const file = lab.write('web.yaml', manifest.replace('[sh, -c, "sleep 1000 & sleep 1000"]', command))
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  assert.deepEqual(nofile(pid), ['1024', '1024'])
  assert.match((await lab.expect(0, 'drift', file)).stdout, /nothing has drifted/)
  assert.match((await lab.expect(0, '--once', file)).stdout, /^nothing to do/)
  assert.deepEqual(nofile(pid), ['1024', '1024'])
})

test('inspect has every field as it is desired, recorded and in the kernel', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest)
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  writeFileSync(rootOf('memory'), `${pid}`)
  lab.write('web.yaml', manifest.replace('pids: 32', 'pids: 64'))
  const table = (await lab.expect(0, 'inspect', 'web', 'fields')).stdout
  t.diagnostic(table)
  for (const line of [
    /^FIELD\s+DESIRED\s+RECORDED\s+KERNEL/,
    /^state\s+running\s+running\s+running$/m,
    /^pids\s+64\s+32\s+32$/m,
    /^cgroup\s+its own\s+its own\s+\/ \(memory\)\s+drifted$/m,
    /^ulimits.nofile\s+512:1024\s+512:1024\s+512:1024$/m,
    /^oomScoreAdj\s+300\s+300\s+300$/m,
    /^namespaces.net\s+private\s+own (\d+)\s+own \1$/m,
    /^namespaces.user\s+host\s+host\s+host$/m,
    /^user\s+default\s+0\s+0$/m,
    /^noNewPrivileges\s+false\s+false\s+false$/m,
  ])
    assert.match(table, line)
  const { fields } = await lab.inspect('web')
  const { pids, cgroup } = fields as Record<string, unknown>
  assert.deepEqual(pids, { desired: '64', recorded: '32', kernel: '32', drifted: false })
  assert.deepEqual(cgroup, { desired: 'its own', recorded: 'its own', kernel: '/ (memory)', drifted: true })
})

test('a frozen container is thawed to be stopped: its program gets the signal, not the end of its grace period', async t => {
  const lab = makeLab(t)
  const trapping = `[sh, -c, "trap 'exit 7' TERM; while :; do sleep 0.1; done"]`
  const running = manifest.replace('[sh, -c, "sleep 1000 & sleep 1000"]', trapping)
  const file = lab.write('web.yaml', running)
  await lab.expect(0, '--once', file)
  writeFileSync(`${cgroupOf(await lab.pid('web'), 'freezer')}/freezer.state`, 'FROZEN')
  lab.write('web.yaml', running.replace('spec:', 'spec:\n  state: stopped\n  stop: { grace: 30s }'))
  const once = (await lab.expect(0, '--once', file)).stdout
  t.diagnostic(once)
  assert.match(once, /frozen yes -> no/)
  assert.match(once, /stopped \(SIGTERM, exit 7, \d+ms\)/)
})
