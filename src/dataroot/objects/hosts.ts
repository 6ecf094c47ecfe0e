import { existsSync } from 'node:fs'
import type { Result } from '../../model/errors.ts'
import { fullName } from '../../model/identity.ts'
import type { ContainerRecord } from '../../model/record.ts'
import type { Endpoints, NetworkRecord } from '../../model/network.ts'
import { attempt } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { readHostEtc, writeInPlace, writeNames, writeNaming } from '../rootfs/etc-files.ts'
import { hostGateway, memberHosts, memberNames } from '../rootfs/etc-text.ts'
import type { Member } from '../rootfs/seen-members.ts'
import { listContainers } from './containers.ts'
import { storedNetworks } from './networks.ts'

const membersOf = (paths: DataRootPaths, records: readonly ContainerRecord[]): Member[] =>
  records.flatMap(({ id, declaration, endpoints }) => {
    if (endpoints === undefined || Object.keys(endpoints).length === 0) return []
    const asksGateway = declaration.extraHosts?.some(({ address }) => address === hostGateway) === true
    const gateway = asksGateway ? gatewayOf(endpoints, storedNetworks(paths)) : undefined
    return [{ id, declaration, endpoints, ...(gateway === undefined ? {} : { gateway }) }]
  })

/** The host on the network that has the default route; where all are internal, on the first. */
function gatewayOf(endpoints: Endpoints, networks: readonly NetworkRecord[]): string | undefined {
  const own = Object.entries(endpoints)
    .toSorted(([, a], [, b]) => a.interface.localeCompare(b.interface, 'en', { numeric: true }))
    .flatMap(([name, { networkId }]) => networks.find(one => one.name === name && one.id === networkId) ?? [])
  return (own.find(({ internal }) => !internal) ?? own[0])?.ipv4.gateway
}

/** Whoever has a record is a member, running or not: its address stays its own. `written`: a record that is about to be there. */
export function networkMembers(paths: DataRootPaths, written?: ContainerRecord): readonly Member[] {
  const listed = listContainers(paths)
  if (!listed.ok) return []
  const members = membersOf(
    paths,
    listed.value.records
      .filter(({ deleting }) => !deleting)
      .map(({ record }) => (record.id === written?.id ? written : record)),
  )
  return members.toSorted((a, b) => (fullName(a.declaration.name) < fullName(b.declaration.name) ? -1 : 1))
}

/**
 * Brings the hosts files of all members, and what the resolver answers them, to who is on their networks; only those that differ
 * are written, hosts files in place.
 */
export function refreshHosts(paths: DataRootPaths, written?: ContainerRecord): Result<void> {
  return attempt('write', paths.containers, () => {
    const members = networkMembers(paths, written)
    const networks = storedNetworks(paths)
    const told = members
      .map(member => ({ member, at: containerPaths(paths, member.id) }))
      // made at its first start
      .filter(({ at }) => existsSync(at.hosts))
    for (const { member, at } of told) writeInPlace(at.hosts, memberHosts(member, members))
    for (const { member, at } of told) writeNames(at.names, memberNames(member, members, networks))
  })
}

/** Brings what this container finds names with to its record, in place; nothing before its first start. */
export function refreshNaming(paths: DataRootPaths, record: ContainerRecord): Result<void> {
  const at = containerPaths(paths, record.id)
  return attempt('write', at.dir, () => {
    if (!existsSync(at.hosts)) return
    writeNaming(at, record, readHostEtc(), { members: networkMembers(paths), networks: storedNetworks(paths) })
  })
}
