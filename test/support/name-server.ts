import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type Cleaning, readText } from './lab.ts'
import { labPrefix } from './leaks.ts'
import { hereAddress, type NetPlace } from './net-place.ts'

const quiet = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--user=root']
/** A name server that knows only what it is told here. */
export const dnsmasq = ['dnsmasq', ...quiet, '--pid-file=', '--domain-needed', '--cache-size=0']

export type NameServer = { kill(): void }

/** At the loopback of the place's host, as systemd-resolved is: `host.example.test` and others. */
export function serveUpstream(t: Cleaning, { pid }: Pick<NetPlace, 'pid'>): NameServer {
  const large = Array.from({ length: 30 }, (_, index) => `--txt-record=large.example.test,${index}${'x'.repeat(200)}`)
  const names = [
    '--address=/host.example.test/192.0.2.80',
    '--mx-host=mail.example.test,host.example.test,10',
    ...large,
  ]
  const place = [
    '--bind-interfaces',
    '--listen-address=127.0.0.53',
    `--listen-address=${hereAddress.ipv4}`,
    '--local=/test/',
  ]
  const child = spawn('nsenter', ['--net', `--target=${pid}`, ...dnsmasq, ...place, ...names], { stdio: 'ignore' })
  const kill = () => void child.kill('SIGKILL')
  t.after(kill)
  return { kill }
}

/** A file that a place's host has as its resolv.conf. */
export function makeResolvConf(t: Cleaning, text: string): string {
  const folder = mkdtempSync(`${labPrefix}resolv-`)
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(`${folder}/resolv.conf`, text)
  return `${folder}/resolv.conf`
}

/** Of the data-root that has this run directory; undefined: there is none. */
export const resolverPid = (run: string): number | undefined => daemonPid(run, /\0(resolve|replace)\0/)
export const proxyPid = (run: string): number | undefined => daemonPid(run, /\0(proxy|replace-proxy)\0/)

const daemonPid = (run: string, verb: RegExp): number | undefined =>
  readdirSync('/proc')
    .filter(name => {
      const commandLine = /^\d+$/.test(name) ? readText(`/proc/${name}/cmdline`) : ''
      return verb.test(commandLine) && commandLine.includes(`\0${run}/`)
    })
    .map(Number)[0]
