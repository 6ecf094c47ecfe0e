/** `exec`: a command in a running container, with all that its first process has and nothing of the caller's. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'

const web = (spec = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  command: [sleep, "100000"]
  stop: { signal: SIGKILL }
  ${spec}
`

async function running(lab: Lab, spec = ''): Promise<number> {
  await lab.expect(0, '--once', lab.write('web.yaml', web(spec)))
  return lab.pid('web')
}

const command = `${process.cwd()}/bin/reconcile`
const places = (lab: Lab) => ['--root', lab.root, '--run', lab.run]
const begin = (lab: Lab, ...args: string[]): ChildProcess =>
  spawn(command, [...places(lab), 'exec', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })

const within = () => ({ signal: AbortSignal.timeout(15_000) })
const said = async ({ stdout }: ChildProcess) => String((await once(stdout as Readable, 'data', within()))[0])
const ended = (child: ChildProcess) => once(child, 'close', within())

/** Of the container, by what stands in their command lines; those of the host's that began them are not counted. */
const inside = (pid: number, text: string) => {
  const pids = readText(`${cgroupOf(pid, 'pids')}/cgroup.procs`)
    .split('\n')
    .filter(Boolean)
  return pids.filter(each => readText(`/proc/${each}/cmdline`).replaceAll('\0', ' ').includes(text))
}

const programOf = (pid: string) => readText(`/proc/${pid}/cmdline`).split('\0')[0]

const statusOf = (text: string, ...names: string[]) =>
  names.map(name => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1])
const privileges = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp', 'Uid', 'Gid', 'Groups']
const namespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']

test('a command has the cgroups, namespaces, privileges and limits of the first process', async t => {
  const lab = makeLab(t)
  const pid = await running(
    lab,
    `capabilities: { drop: [NET_RAW], add: [SYS_PTRACE] }
  security: { noNewPrivileges: true }
  limits: { pids: 20, ulimits: { nofile: { soft: 100, hard: 200 } }, oomScoreAdj: 500 }`,
  )
  const child = begin(lab, '-i', 'web', 'sh', '-c', 'echo ready; cat')
  await said(child)
  const [its] = inside(pid, 'echo ready')
  const of = (what: string) => [readText(`/proc/${its}/${what}`), readText(`/proc/${pid}/${what}`)]
  for (const what of ['cgroup', 'limits', 'oom_score_adj']) assert.equal(of(what)[0], of(what)[1], what)
  const [status = '', first = ''] = of('status')
  assert.deepEqual(statusOf(status, ...privileges), statusOf(first, ...privileges))
  assert.deepEqual(statusOf(status, 'Umask'), ['0022'])
  for (const kind of namespaces)
    assert.equal(readlinkSync(`/proc/${its}/ns/${kind}`), readlinkSync(`/proc/${pid}/ns/${kind}`), kind)
  assert.equal(readlinkSync(`/proc/${its}/root`), readlinkSync(`/proc/${pid}/root`))
  assert.match(readlinkSync(`/proc/${child.pid}/exe`), /^\/memfd:/, 'the caller is a copy that nobody can write to')
  child.stdin?.end()
  assert.deepEqual(await ended(child), [0, null])
})

test('the pids limit of the container counts what is run in it', async t => {
  const lab = makeLab(t)
  const pid = await running(lab, 'limits: { pids: 3 }')
  await lab.expect(0, 'exec', '-d', 'web', 'sleep', '1000')
  await eventually(
    () => readText(`${cgroupOf(pid, 'pids')}/pids.current`).trim() === '2',
    20_000,
    () => readText(`${cgroupOf(pid, 'pids')}/pids.current`),
  )
  const full = await lab.reconcile('exec', 'web', 'sh', '-c', 'sleep 1000 & sleep 1000 & wait')
  assert.notEqual(full.code, 0)
  assert.match(full.stderr, /fork|resource temporarily unavailable/i)
})

test('user, directory and environment are those asked for, else the container’s', async t => {
  const lab = makeLab(t)
  await running(lab, 'env: { A: one, B: two }\n  workingDir: /usr\n  user: "1000:1001"')
  const out = async (...args: string[]) => (await lab.expect(0, 'exec', ...args)).stdout
  assert.equal(await out('web', 'sh', '-c', 'id -u; id -g; pwd; echo $A $B $HOME'), '1000\n1001\n/usr\none two /\n')
  assert.equal(await out('-u', 'root', '-w', '/tmp', 'web', 'sh', '-c', 'id -u; pwd; echo $HOME'), '0\n/tmp\n/root\n')
  process.env['EXEC_TEST_VALUE'] = 'of the caller'
  const asked = ['-e', 'A=three', '--env=C=x=y', '-e', 'EXEC_TEST_VALUE', '-e', 'B']
  assert.equal(
    await out(...asked, 'web', 'sh', '-c', 'echo "$A,${B-none},$C,$EXEC_TEST_VALUE"'),
    'three,none,x=y,of the caller\n',
  )
  assert.doesNotMatch(await out('web', 'env'), /EXEC_TEST_VALUE|TERM/)
  // what follows the name is the command's, whatever it looks like
  assert.equal(await out('web', 'echo', '--root', '-h', '--', '-t'), '--root -h -- -t\n')
  assert.equal(await out('web', '--', 'sh', '-c', 'echo $0', '--help'), '--help\n')
})

test('nothing that the caller has open gets into the container, and no directory of the host', async t => {
  const lab = makeLab(t)
  await running(lab)
  const shown = spawnSync(
    'bash',
    [
      '-c',
      `exec 9</etc 10</; ${command} ${places(lab).join(' ')} exec web sh -c 'ls /proc/self/fd; readlink /proc/self/cwd'`,
    ],
    { encoding: 'utf8' },
  )
  assert.equal(shown.stdout, '0\n1\n2\n3\n/\n', 'the fourth is the directory that ls reads')
  const directory = spawnSync(command, [...places(lab), 'exec', '-i', 'web', 'cat'], {
    stdio: [openSync('/etc', 'r'), 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  assert.deepEqual([directory.status, directory.stderr], [1, 'standard input is a directory\n'])
  const path = '/proc/self/fd/9'
  const way = spawnSync('bash', ['-c', `exec 9</; ${command} ${places(lab).join(' ')} exec -w ${path} web pwd`], {
    encoding: 'utf8',
  })
  assert.deepEqual([way.status, way.stdout], [126, ''])
})

test('descriptors are handed on and nothing is copied; without -i there is no input', async t => {
  const lab = makeLab(t)
  await running(lab)
  const file = `${lab.folder}/out`
  const out = openSync(file, 'w')
  const ran = spawnSync(
    command,
    [...places(lab), 'exec', '-i', 'web', 'sh', '-c', 'cat; echo error >&2; stat -Lc %i /dev/fd/1'],
    {
      stdio: ['pipe', out, 'pipe'],
      input: 'to be read\n',
      encoding: 'utf8',
    },
  )
  assert.deepEqual([ran.status, ran.stderr], [0, 'error\n'])
  const [text, inode] = readFileSync(file, 'utf8').split('\n')
  assert.deepEqual(
    [text, inode],
    ['to be read', spawnSync('stat', ['-c', '%i', file], { encoding: 'utf8' }).stdout.trim()],
  )
  const silent = spawnSync(command, [...places(lab), 'exec', 'web', 'cat'], {
    input: 'unread',
    encoding: 'utf8',
  })
  assert.deepEqual([silent.status, silent.stdout], [0, ''])
  const line = `${command} ${places(lab).join(' ')} exec -u 1000 web sh -c 'echo mine > /dev/stdout' | cat`
  const user = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
  assert.equal(user.stdout, 'mine\n', user.stderr)
})

test('a killed caller leaves nothing behind; a signal is handed on; -d goes on', async t => {
  const lab = makeLab(t)
  const pid = await running(lab)
  // a shell that hears a signal while it forks does not hand it on to the child
  const sleeps = (...seconds: number[]) =>
    eventually(
      () => seconds.every(each => inside(pid, `sleep ${each}`).some(one => programOf(one) === 'sleep')),
      10_000,
      () => `${seconds.join(', ')}: not all sleep`,
    )
  const killed = begin(lab, 'web', 'sh', '-c', 'sleep 4001 & sleep 4002; true')
  await sleeps(4001, 4002)
  killed.kill('SIGKILL')
  await eventually(
    () => inside(pid, 'sleep 4').length === 0,
    20_000,
    () => `${inside(pid, 'sleep 4')} is left`,
  )

  const asked = begin(lab, 'web', 'sh', '-c', 'trap "echo heard; exit 5" TERM; echo ready; sleep 4003 & wait')
  await said(asked)
  await sleeps(4003)
  asked.kill('SIGTERM')
  assert.equal(await said(asked), 'heard\n')
  assert.deepEqual(await ended(asked), [5, null])

  const interrupted = begin(lab, 'web', 'sh', '-c', 'echo ready; sleep 4004; true')
  await said(interrupted)
  await sleeps(4004)
  interrupted.kill('SIGINT')
  assert.deepEqual(await ended(interrupted), [130, null])
  assert.deepEqual(inside(pid, 'sleep 4004'), [])

  const detached = await lab.expect(0, 'exec', '-d', 'web', 'sh', '-c', 'echo unseen; sleep 4005; true')
  assert.deepEqual([detached.stdout, detached.stderr], ['', ''])
  await sleeps(4005)
})

test('a signal is obeyed at whatever moment it comes, also before the command has begun', async t => {
  const lab = makeLab(t)
  const pid = await running(lab)
  const ends = Array.from({ length: 10 }, async (_, at) => {
    const child = begin(lab, 'web', 'sleep', '4006')
    const closed = ended(child)
    await delay(at * 40)
    child.kill('SIGTERM')
    const [code, signal] = await closed
    assert.ok(code === 143 || signal === 'SIGTERM', `after ${at * 40} ms: ${code} ${signal}`)
  })
  await Promise.all(ends)
  await eventually(
    () => inside(pid, 'sleep 4006').length === 0,
    15_000,
    () => `${inside(pid, 'sleep 4006')} is left`,
  )
})

test('what fails inside is told by its own words and code, however early it fails', async t => {
  const lab = makeLab(t)
  await running(lab)
  const failures = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      i % 2 === 0 ? lab.reconcile('exec', 'web', 'nope') : lab.reconcile('exec', '-w', '/nope', 'web', 'true'),
    ),
  )
  const told = new Set(failures.map(({ code, stderr }) => `${code} ${stderr}`))
  assert.deepEqual([...told].sort(), [
    '126 change to the working directory /nope: no such file or directory (ENOENT)\n',
    '127 exec "nope": executable file not found in $PATH\n',
  ])
})

test('what does not run, stands still, or is none is told, with 1', async t => {
  const lab = makeLab(t)
  const pid = await running(lab)
  const refused = async (name: string) => {
    const { stderr, stdout } = await lab.expect(1, 'exec', name, 'true')
    assert.equal(stdout, '')
    return stderr
  }
  assert.match(await refused('wbe'), /^wbe is not on this host; did you mean `web`\?\n$/)
  const freezer = `${cgroupOf(pid, 'freezer')}/freezer.state`
  writeFileSync(freezer, 'FROZEN')
  assert.equal(await refused('web'), 'web is paused\n')
  writeFileSync(freezer, 'THAWED')
  assert.equal((await lab.expect(0, 'exec', 'web', 'echo', 'again')).stdout, 'again\n')
  await lab.expect(0, '--once', lab.write('web.yaml', web('state: stopped')))
  assert.match(await refused('web'), /^web does not run: stopped \(137\) .*\n$/)
  assert.match((await lab.expect(64, 'exec', 'web')).stderr, /missing required argument 'command'/)
})

test('a container that ends takes its commands along, and the caller is told by the exit code', async t => {
  const lab = makeLab(t)
  await running(lab)
  const child = begin(lab, 'web', 'sh', '-c', 'echo ready; sleep 1000')
  await said(child)
  const closed = ended(child)
  await lab.expect(0, '--once', lab.write('web.yaml', web('state: stopped')))
  assert.deepEqual(await closed, [137, null])
})

test('one that is being stopped, and one whose shim was killed, has its commands till its first process ends', async t => {
  const lab = makeLab(t)
  const deaf = (state: string) =>
    web(`state: ${state}`)
      .replace('[sleep, "100000"]', '[sh, -c, "trap : TERM; while :; do sleep 0.1; done"]')
      .replace('{ signal: SIGKILL }', '{ grace: 60s }')
  const once = (state: string) => lab.reconcile('--once', lab.write('web.yaml', deaf(state)))
  const exec = async () => {
    const { code, stdout, stderr } = await lab.reconcile('exec', 'web', 'echo', 'in')
    return `${code} ${stdout}${stderr}`.trimEnd()
  }
  await once('running')
  const [, shim] = statusOf(readText(`/proc/${await lab.pid('web')}/status`), 'Name', 'PPid')
  process.kill(Number(shim), 'SIGKILL')
  assert.equal(await exec(), '0 in')
  assert.match(
    (await lab.expect(1, 'attach', 'web')).stderr,
    /^the shim of web was killed; a watcher, or else the next `reconcile --once`, makes another\n$/,
  )
  const stopped = once('stopped')
  await eventually(
    async () => (await lab.reconcile('ps')).stdout.includes('stopping'),
    15_000,
    () => 'no stop was begun',
  )
  assert.equal(await exec(), '0 in')
  process.kill(await lab.pid('web'), 'SIGKILL')
  await stopped
  assert.match(await exec(), /^1 web does not run: stopped \(137\) /)
})

test('a hostile root file system gets neither a file of the host nor this program', async t => {
  const lab = makeLab(t)
  const root = `${lab.folder}/rootfs`
  for (const dir of ['bin', 'etc', 'tmp', 'dev']) mkdirSync(`${root}/${dir}`, { recursive: true })
  spawnSync('cp', ['/bin/busybox', `${root}/bin/busybox`])
  for (const name of ['sh', 'sleep']) spawnSync('ln', ['-s', 'busybox', `${root}/bin/${name}`])
  spawnSync('mkfifo', [`${root}/etc/passwd`])
  spawnSync('ln', ['-s', '/proc/1/environ', `${root}/etc/group`])
  spawnSync('ln', ['-s', '/proc/self/exe', `${root}/bin/ourselves`])
  const file = lab.write('web.yaml', web().replace('rootfs: host', `rootfs: ${root}`).replace('[sleep', '[/bin/sleep'))
  await lab.expect(0, '--once', file)
  const shim = readFileSync('build/reconcile-shim')
  assert.equal((await lab.expect(0, 'exec', 'web', '/bin/sh', '-c', 'echo in')).stdout, 'in\n')
  assert.match(
    (await lab.expect(126, 'exec', '-u', 'root', 'web', '/bin/sh')).stderr,
    /no matching entries in passwd file/,
  )
  // it is this program that runs, and from memory
  await lab.expect(64, 'exec', 'web', '/bin/ourselves')
  assert.deepEqual(readFileSync('build/reconcile-shim'), shim)
})
