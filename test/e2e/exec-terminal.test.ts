/** `exec -it` through a real terminal: its size, its keys, full-screen programs, the way out, and what is left when it vanishes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'
import { killedCaller, openTerminal } from '../support/tmux.ts'

const manifest = `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: [sleep, "100000"], stop: { signal: SIGKILL }, env: { PS1: "inside> " } }
`

async function prepared(lab: Lab): Promise<{ command: string; members: () => string[] }> {
  await lab.expect(0, '--once', lab.write('web.yaml', manifest))
  const procs = `${cgroupOf(await lab.pid('web'), 'pids')}/cgroup.procs`
  return {
    command: `${process.cwd()}/bin/reconcile --root ${lab.root} --run ${lab.run} exec`,
    members: () => {
      const pids = readText(procs).split('\n').filter(Boolean)
      return pids.map(pid => readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim())
    },
  }
}

test('a shell in a container has the size, the keys and the screen of the terminal; its exit code is the command’s', async t => {
  const lab = makeLab(t)
  const { command, members } = await prepared(lab)
  const terminal = openTerminal(t, `${lab.folder.split('/').at(-1)}`, 100, 30)
  terminal.line(`${command} -it web sh`)
  await terminal.shows(/^inside>$/m)
  terminal.line('stty size; tty; echo term=$TERM')
  await terminal.shows(/^30 100\n\/dev\/pts\/0\nterm=xterm$/m)
  terminal.resize(90, 25)
  terminal.line('sleep 0.3; stty size')
  await terminal.shows(/^25 90$/m)

  terminal.line('sleep 1000')
  await eventually(
    () => members().includes('sleep 1000'),
    20_000,
    () => members().join('\n'),
  )
  terminal.keys('C-c')
  terminal.line('echo interrupted=$?')
  await terminal.shows(/^interrupted=130$/m)

  terminal.line('seq 1 200 | less')
  await terminal.shows(/^1\n2\n3\n[^]*^24\n:$/m)
  terminal.keys('G')
  await terminal.shows(/^200\n\(END\)$/m)
  terminal.keys('q')
  terminal.line('clear; exit 3')
  await terminal.shows(/^host>$/m)
  terminal.line('echo code=$? $(stty -a | grep -o " icanon")')
  await terminal.shows(/^code=3 icanon$/m)
})

test('Ctrl-P Ctrl-Q leaves the command running, as another user too, and the terminal as it was', async t => {
  const lab = makeLab(t)
  const { command, members } = await prepared(lab)
  const terminal = openTerminal(t, `${lab.folder.split('/').at(-1)}`, 100, 30)
  terminal.line(`${command} -it -u 65534:65534 web sh`)
  await terminal.shows(/^inside>$/m)
  terminal.line('clear; id -u; echo to the terminal > /dev/tty; echo and the output > /dev/stdout; cat')
  await terminal.shows(/^65534\nto the terminal\nand the output$/m)
  terminal.keys('C-p')
  terminal.keys('C-q')
  await terminal.shows(/^host>$/m)
  terminal.line('clear; echo code=$? $(stty -a | grep -o " icanon")')
  await terminal.shows(/^code=0 icanon$/m)
  assert.deepEqual(members(), ['sleep 100000', 'sh', 'cat'])
})

test('a terminal that vanishes ends its command, and a killed caller gives the terminal back as it was', async t => {
  const lab = makeLab(t)
  const { command, members } = await prepared(lab)
  const terminal = openTerminal(t, `${lab.folder.split('/').at(-1)}`, 100, 30)
  // what ignores a hang-up stays no longer than a second
  const line = `${command} -it web sh -c 'trap \\"\\" HUP; echo ready; sleep 4001; sleep 4002'`
  terminal.line(killedCaller(line))
  const [, caller] = await terminal.shows(/^caller=(\d+)$[^]*^ready$/m)
  process.kill(Number(caller), 'SIGKILL')
  await eventually(
    () => members().length === 1,
    20_000,
    () => members().join('\n'),
  )
  await terminal.shows(/as it was/)

  terminal.line(`clear; ${line}`)
  await terminal.shows(/^ready$/m)
  terminal.vanish()
  await eventually(
    () => members().length === 1,
    20_000,
    () => members().join('\n'),
  )
})

test('without -t a terminal is no terminal inside, and its keys end the command', async t => {
  const lab = makeLab(t)
  const { command, members } = await prepared(lab)
  const terminal = openTerminal(t, `${lab.folder.split('/').at(-1)}`, 100, 30)
  terminal.line(`clear; ${command} -i web sh -c 'readlink /proc/self/fd/0 /proc/self/fd/1 | tr -d 0-9; cat; echo end'`)
  await terminal.shows(/^pipe:\[\]\npipe:\[\]$/m)
  terminal.line('typed')
  terminal.keys('C-d')
  await terminal.shows(/^typed\ntyped\nend\nhost>$/m)
  terminal.line(`clear; ${command} web sh -c 'echo ready; sleep 4001; true'; echo code=$?`)
  await terminal.shows(/^ready$/m)
  // a shell that hears a signal while it forks does not hand it on to the child
  await eventually(
    () => members().includes('sleep 4001'),
    20_000,
    () => members().join('\n'),
  )
  terminal.keys('C-c')
  await terminal.shows(/code=130$/m)
  assert.deepEqual(members(), ['sleep 100000'])
})
