import { readFileSync } from 'node:fs'
import { containerPaths } from '../../../src/dataroot/layout/paths.ts'
import type { NetworkRecord } from '../../../src/model/network.ts'
import { noLimits } from '../../../src/model/limits.ts'
import { until } from '../../integration/core-lab.ts'
import { type Lab, openLab } from '../../support/image-container-lab.ts'
import { value } from '../../support/registry-client.ts'
import { containerOf, idOf, originAt } from '../../support/specs.ts'
import type { Bench } from './bench.ts'

const network: NetworkRecord = {
  version: 1,
  id: idOf(7),
  name: 'bench',
  labels: {},
  ipv4: { subnet: '10.254.8.0/24', gateway: '10.254.8.1' },
  ipv6: null,
  masquerade: true,
  internal: false,
  mtu: 1500,
  origin: originAt('/network.yaml'),
}
const limits = { ...noLimits, memoryBytes: 64 * 1024 ** 2, pids: 100, cpuShares: 512 }

/** Containers that exist and don't run, on a network with one that does: from the order to start to the payload's first line. */
export async function openStarts(context: Bench, rootfs: string): Promise<() => Promise<number>> {
  const lab = openLab(context)
  value(await lab.run({ kind: 'create-network', network }))
  // as long as it runs, the resolver is there
  const first = await made(lab, rootfs, 2, ['/bin/busybox', 'sleep', '1000'])
  value(await lab.run({ kind: 'start-container', id: first, restart: false, streak: 0 }))
  return async () => {
    const id = await made(lab, rootfs, 3, ['/stamp'])
    const begun = Number(process.hrtime.bigint())
    value(await lab.run({ kind: 'start-container', id, restart: false, streak: 0 }))
    const stamp = await until(() => stampIn(lab, id), 'the payload')
    value(await lab.core.cleanup(id))
    value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [] }))
    return (stamp - begun) / 1e6
  }
}

async function made(lab: Lab, rootfs: string, host: number, command: string[]): Promise<string> {
  const id = lab.newId()
  const use = { name: network.name, aliases: [], address: null, address6: null }
  const container = containerOf(`bench-${host}`, { spec: { rootfs, command }, networks: [use] })
  const endpoint = { networkId: network.id, interface: 'eth0', ipv4: `10.254.8.${host}`, ipv6: null }
  const endpoints = { [network.name]: endpoint }
  value(
    await lab.run({ kind: 'create-container', id, container, limits, anonymousVolumes: {}, endpoints, image: null }),
  )
  return id
}

function stampIn(lab: Lab, id: string): number | null {
  const [, stamp] = /"log":"(\d+)/.exec(readFileSync(containerPaths(lab.paths, id).log, 'utf8')) ?? []
  return stamp === undefined ? null : Number(stamp)
}
