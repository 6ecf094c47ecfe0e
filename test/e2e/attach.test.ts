/** `tty: true` and `attach` through a real terminal: its size, its keys, full-screen programs, the way out, and the exit code. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { killedCaller, openTerminal } from '../support/tmux.ts'

const manifest = (command: string, more = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: ${command}, stop: { signal: SIGKILL }, env: { PS1: "inside> " }${more} }
`

async function started(lab: Lab, text: string): Promise<{ command: string; pid: number }> {
  await lab.expect(0, '--once', lab.write('web.yaml', text))
  const command = `${process.cwd()}/bin/reconcile --root ${lab.root} --run ${lab.run}`
  return { command, pid: await lab.pid('web') }
}

const terminalOf = (t: Parameters<typeof openTerminal>[0], lab: Lab, name = '') =>
  openTerminal(t, `${lab.folder.split('/').at(-1)}${name}`, 100, 30)

test('the shell of a container has the size, the keys and the screen of who attaches, twice at once, and its end is theirs', async t => {
  const lab = makeLab(t)
  const { command, pid } = await started(lab, manifest('[sh]', ', tty: true, init: true'))
  const terminal = terminalOf(t, lab)
  terminal.line(`${command} attach web`)
  terminal.line('')
  await terminal.shows(/^inside>$/m)
  terminal.line('clear; stty size; tty; echo term=$TERM')
  await terminal.shows(/^30 100\n\/dev\/pts\/0\nterm=xterm$/m)
  terminal.resize(90, 25)
  terminal.line('sleep 0.3; stty size')
  await terminal.shows(/^25 90$/m)
  terminal.line('sleep 1000')
  const procs = `${cgroupOf(pid, 'pids')}/cgroup.procs`
  const members = () =>
    readText(procs)
      .split('\n')
      .filter(Boolean)
      .map(each => readText(`/proc/${each}/cmdline`))
  await eventually(
    () => members().includes('sleep\x001000\0'),
    20_000,
    () => members().join('\n'),
  )
  terminal.keys('C-c')
  terminal.line('echo interrupted=$?')
  await terminal.shows(/^interrupted=130$/m)

  terminal.line('seq 1 200 | less')
  await terminal.shows(/^1\n2\n3\n[^]*^24\n:$/m)
  const other = terminalOf(t, lab, '-b')
  other.line(`${command} attach --detach-keys ctrl-x,x web`)
  await other.shows(/^29\n:$/m)
  other.keys('G')
  await other.shows(/^200\n\(END\)$/m)
  await terminal.shows(/^200\n\(END\)$/m)
  other.keys('C-x', 'x')
  await other.shows(/^left web running\nhost>$/m)
  other.line('clear; echo code=$? $(stty -a | grep -o " icanon")')
  await other.shows(/^code=0 icanon$/m)

  terminal.keys('q')
  terminal.line('clear; exit 3')
  await terminal.shows(/^host>$/m)
  terminal.line('echo code=$? $(stty -a | grep -o " icanon")')
  await terminal.shows(/^code=3 icanon$/m)
  const { stdout } = await lab.expect(0, 'logs', 'web')
  assert.match(stdout, /interrupted=130\r\n/)
})

test('a container outlives Ctrl-P Ctrl-Q, a terminal that vanishes, and a killed viewer; a signal to a viewer is no signal to it', async t => {
  const lab = makeLab(t)
  const { command, pid } = await started(
    lab,
    manifest('[sh, -c, "while read line; do echo got $line; done"]', ', tty: true'),
  )
  const terminal = terminalOf(t, lab)
  terminal.line(`clear; ${command} attach web`)
  terminal.line('one')
  await terminal.shows(/^got one$/m)
  terminal.keys('C-p', 'C-q')
  await terminal.shows(/^left web running\nhost>$/m)
  terminal.line(`clear; ${command} attach --no-stdin web & sleep 0.5; kill $!; wait $!; echo code=$?`)
  await terminal.shows(/^code=143$/m)
  terminal.line(killedCaller(`${command} attach web`))
  const [, viewer] = await terminal.shows(/^caller=(\d+)$/m)
  terminal.line('two')
  await terminal.shows(/^got two$/m)
  process.kill(Number(viewer), 'SIGKILL')
  await terminal.shows(/as it was/)
  terminal.line(`clear; ${command} attach web`)
  terminal.line('three')
  await terminal.shows(/^got three$/m)
  terminal.vanish()
  const again = terminalOf(t, lab, '-b')
  again.line(`clear; ${command} attach web`)
  again.line('four')
  await again.shows(/^got four$/m)
  assert.equal(await lab.pid('web'), pid)
})

test('one without a terminal is only shown; signals reach it unless told otherwise, and what cannot be attached to says why', async t => {
  const lab = makeLab(t)
  const text = manifest('[sh, -c, "trap \'echo heard; exit 9\' TERM; while :; do echo tick; sleep 0.1; done"]')
  const { command, pid } = await started(lab, text)
  const terminal = terminalOf(t, lab)
  terminal.line(
    `clear; ${command} attach --sig-proxy=false web > /dev/null & sleep 0.5; kill $!; wait $!; echo code=$?`,
  )
  await terminal.shows(/^code=143$/m)
  assert.equal(await lab.pid('web'), pid)
  terminal.line(`clear; ${command} attach web & sleep 0.5; kill $!; wait $!; echo code=$?`)
  await terminal.shows(/^tick\n[^]*^heard\n[^]*^code=9$/m)

  assert.match((await lab.expect(1, 'attach', 'web')).stderr, /web does not run: /)
  assert.match((await lab.expect(64, 'attach', 'web', '--sig-proxy=x')).stderr, /--sig-proxy is true or false/)
  await lab.expect(0, '--once', lab.write('web.yaml', manifest('[cat]', ', tty: true')))
  assert.match((await lab.expect(1, 'attach', 'web')).stderr, /standard input is none; --no-stdin only shows/)
  assert.match((await lab.expect(1, 'attach', 'web', '--detach-keys', 'ctrl-')).stderr, /are no keys/)
  await lab.expect(0, '--once', lab.write('web.yaml', manifest('[cat]', ', tty: true, state: paused')))
  assert.match((await lab.expect(1, 'attach', '--no-stdin', 'web')).stderr, /web is paused|does not run/)
})

test('a viewer that stood still when the container ended still has its exit code', async t => {
  const lab = makeLab(t)
  const script = 'trap "seq 200000; exit 7" USR1; while :; do echo tick; sleep 0.1; done'
  const { pid } = await started(lab, manifest(`[sh, -c, '${script}']`))
  const args = ['--root', lab.root, '--run', lab.run, 'attach', '--sig-proxy=false', 'web']
  const viewer = spawn(`${process.cwd()}/bin/reconcile`, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => viewer.kill('SIGKILL'))
  const ended = once(viewer, 'close')
  await once(viewer.stdout, 'data')
  viewer.stdout.resume()
  viewer.kill('SIGSTOP')
  process.kill(pid, 'SIGUSR1')
  await eventually(
    async () => (await lab.inspect('web')).pid === null,
    30_000,
    () => 'it runs on',
  )
  viewer.kill('SIGCONT')
  assert.deepEqual(await ended, [7, null])
})
