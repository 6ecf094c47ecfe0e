import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Bridge, PlanInterface, SeenLink, SeenNetwork } from '../../src/runtime/network.ts'
import { bundle } from './core-bundle.ts'
import type { Bundle } from './core-bundle.ts'
import { type CoreLab, openLab, value } from './core-lab.ts'

/** A bridge on the host, of a network for measurements (198.18.0.0/15) and of a random local one; gone when the test ends. */
export type NetworkLab = CoreLab & {
  readonly bridge: Bridge
  readonly gateways: readonly [string, string]
  /** An interface of this network, of the given host number, for a new container. */
  interfaceOf(host: number): PlanInterface
  hostLinks(): Promise<readonly SeenLink[]>
  seen(containerId: string, process: { readonly pid: number; readonly startTicks: string }): Promise<SeenNetwork>
}

export async function openNetworkLab(t: TestContext): Promise<NetworkLab> {
  const lab = openLab(t)
  const id = randomBytes(6).toString('hex')
  const subnet = `198.18.${randomBytes(1)[0]}`
  // no group begins with a zero: the kernel leaves it out
  const local = `fd${id.slice(0, 2)}:a${id.slice(2, 5)}:a${id.slice(5, 8)}:1::`
  const bridge: Bridge = {
    name: `rc-${id}`,
    alias: `reconcile:${lab.rootId}:network:${id}`,
    mac: `02:42:${id.slice(0, 8).replace(/..(?=.)/g, '$&:')}`,
    mtu: 1500,
    addresses: [`${subnet}.1/24`, `${local}1/64`],
  }
  value(await lab.core.network(bridge, []))
  t.after(() => ip('link', 'delete', bridge.name))
  const gateways = [`${subnet}.1`, `${local}1`] as const
  const links = async (containers: Parameters<typeof lab.core.links>[0], host: boolean) =>
    value(await lab.core.links(containers, host))
  return {
    ...lab,
    bridge,
    gateways,
    interfaceOf: host => ({
      name: 'eth0',
      hostName: `rv${id}${host.toString(16)}`,
      alias: `reconcile:${lab.rootId}:container:${host}:${id}`,
      bridge: bridge.name,
      mac: `02:42:c6:12:00:${host.toString(16).padStart(2, '0')}`,
      mtu: 1500,
      addresses: [`${subnet}.${host}/24`, `${local}${host.toString(16)}/64`],
      gateways,
    }),
    hostLinks: async () => (await links([], true)).host?.links ?? [],
    seen: async (containerId, process) => {
      const seen = (await links([{ containerId, process }], false)).containers[containerId]
      if (seen === undefined || 'error' in seen) throw new Error(JSON.stringify(seen))
      return seen
    },
  }
}

/** A container with that interface, and with what programs for networks need. */
export const connected = (lab: NetworkLab, args: readonly string[], host: number): Bundle =>
  bundle(lab, args, { interfaces: [lab.interfaceOf(host)] })

export const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8', timeout: 5000 })

export const ipIn = (pid: number, ...args: readonly string[]): string =>
  execFileSync('nsenter', ['--net', '--target', `${pid}`, 'ip', ...args], { encoding: 'utf8', timeout: 5000 })
