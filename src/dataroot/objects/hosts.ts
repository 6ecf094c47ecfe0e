import { existsSync, readFileSync } from 'node:fs'
import type { Result } from '../../model/errors.ts'
import { fullName } from '../../model/identity.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { attempt } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { writeInPlace } from '../rootfs/etc-files.ts'
import { memberHosts, type Member } from '../rootfs/etc-text.ts'
import { listContainers } from './containers.ts'

const membersOf = (records: readonly ContainerRecord[]): Member[] =>
  records.flatMap(({ id, declaration, endpoints }) =>
    endpoints === undefined || Object.keys(endpoints).length === 0 ? [] : [{ id, declaration, endpoints }],
  )

/** Whoever has a record is a member, running or not: its address stays its own. */
export function networkMembers(paths: DataRootPaths): readonly Member[] {
  const listed = listContainers(paths)
  if (!listed.ok) return []
  const members = membersOf(listed.value.records.filter(({ deleting }) => !deleting).map(({ record }) => record))
  return members.toSorted((a, b) => (fullName(a.declaration.name) < fullName(b.declaration.name) ? -1 : 1))
}

/** Brings the hosts files of all members to who is on their networks; only those that differ are written, in place. */
export function refreshHosts(paths: DataRootPaths): Result<void> {
  return attempt('write', paths.containers, () => {
    const members = networkMembers(paths)
    for (const member of members) {
      const { hosts } = containerPaths(paths, member.id)
      const text = memberHosts(member, members)
      // made at its first start
      if (existsSync(hosts) && readFileSync(hosts, 'utf8') !== text) writeInPlace(hosts, text)
    }
  })
}
