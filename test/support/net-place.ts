import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { hostCommand } from './host-command.ts'
import { type Cleaning, eventually, type Lab, makeLab } from './lab.ts'

/** A host's network of a test's own, where `reconcile` runs, and another host beside it. */
export type NetPlace = {
  /** its commands run inside */
  readonly lab: Lab
  /** whose network namespace it is */
  readonly pid: number
  /** a command of the host, inside */
  readonly here: (...words: string[]) => string
  /** the same on the host beside it */
  readonly outside: (...words: string[]) => string
  /** with which the command line of a longer-lived program begins that runs here, or there */
  readonly within: { readonly here: readonly string[]; readonly outside: readonly string[] }
  /** links, routes and rules, as people compare them */
  readonly facts: () => string
}

export const hereAddress = { ipv4: '192.0.2.1', ipv6: '2001:db8::1' }
export const outsideAddress = { ipv4: '192.0.2.2', ipv6: '2001:db8::2' }

/** `resolvConf`: what stands in /etc/resolv.conf there, a file that may change. */
export async function openNetPlace(t: Cleaning, resolvConf: string | null = null): Promise<NetPlace> {
  const [own, other] = [await holder(t, resolvConf), await holder(t, null)]
  const enter = (pid: number) => ['nsenter', '--net', `--target=${pid}`]
  const within = { here: enter(own), outside: enter(other) }
  const here = (...words: string[]) => hostCommand('nsenter', '--net', `--target=${own}`, ...words)
  const outside = (...words: string[]) => hostCommand('nsenter', '--net', `--target=${other}`, ...words)
  here('ip', 'link', 'add', 'wan', 'type', 'veth', 'peer', 'name', 'far')
  here('ip', 'link', 'set', 'far', 'netns', `${other}`)
  for (const [run, name, address] of [
    [here, 'wan', hereAddress],
    [outside, 'far', outsideAddress],
  ] as const) {
    run('ip', 'link', 'set', 'lo', 'up')
    run('ip', 'address', 'add', `${address.ipv4}/24`, 'dev', name)
    run('ip', 'address', 'add', `${address.ipv6}/64`, 'dev', name, 'nodad')
    run('ip', 'link', 'set', name, 'up')
  }
  // what the kernel does in its own time belongs to the facts of before
  await eventually(
    () => /wan.* state UP /.test(here('ip', 'link')) && /^fe80::\/64 dev wan/m.test(here('ip', '-6', 'route')),
    10_000,
    () => `${here('ip', 'link')}${here('ip', '-6', 'route')}`,
  )
  const lab = makeLab(t)
  const wrapper = `${lab.folder}/reconcile`
  const into = `--net ${resolvConf === null ? '' : '--mount'} --wd=. --target=${own}`
  writeFileSync(wrapper, `#!/bin/sh\nexec nsenter ${into} ${process.cwd()}/bin/reconcile "$@"\n`, { mode: 0o755 })
  const facts = () =>
    [here('ip', 'link'), here('ip', 'route'), here('ip', '-6', 'route'), here('nft', 'list', 'ruleset')].join('\n')
  return { lab: { ...lab, ...lab.by(wrapper) }, pid: own, here, outside, within, facts }
}

const bindAndWait = 'mount --bind "$0" /etc/resolv.conf && exec sleep 600'

/** The pid of a process in a network namespace of its own, for as long as the test lasts. */
async function holder(t: Cleaning, resolvConf: string | null): Promise<number> {
  const words = resolvConf === null ? ['sleep', '600'] : ['--mount', 'sh', '-c', bindAndWait, resolvConf]
  const child: ChildProcess = spawn('unshare', ['--net', ...words], { stdio: 'ignore' })
  t.after(() => void child.kill('SIGKILL'))
  const { pid } = child
  if (pid === undefined) throw new Error('unshare did not start')
  const own = readlinkSync('/proc/self/ns/net')
  await eventually(
    () => readlinkSync(`/proc/${pid}/ns/net`) !== own && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n',
    5000,
    () => 'it has no network namespace of its own',
  )
  return pid
}
