import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Known, Result } from '../../model/errors.ts'
import type { NetworkRecord } from '../../model/network.ts'
import type { LastRuleset } from '../../model/ruleset.ts'
import { replaceFile, syncDirectory } from '../files/atomic.ts'
import { attempt, ifPresent } from '../files/io.ts'
import { readStateFile } from '../files/state-file.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { lastRulesetShape, networkRecordShape } from '../records/network-shape.ts'

const fileOf = (paths: DataRootPaths, name: string): string => join(paths.networks, `${name}.json`)

/** All networks, sorted by name; one whose record can't be read is told by the file's name. */
export function listNetworks(
  paths: DataRootPaths,
): Result<readonly { readonly name: string; readonly record: Known<NetworkRecord | null> }[]> {
  return attempt('list', paths.networks, () =>
    (ifPresent(() => readdirSync(paths.networks)) ?? [])
      .filter(file => /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}\.json$/.test(file))
      .map(file => file.replace(/\.json$/, ''))
      .sort()
      .map(name => ({ name, record: readStateFile(fileOf(paths, name), networkRecordShape) })),
  )
}

/** Those that can be read. */
export function storedNetworks(paths: DataRootPaths): readonly NetworkRecord[] {
  const listed = listNetworks(paths)
  if (!listed.ok) return []
  return listed.value.flatMap(({ record }) => (record.known && record.value !== null ? [record.value] : []))
}

export function writeNetwork(paths: DataRootPaths, record: NetworkRecord): Result<void> {
  return attempt('write', fileOf(paths, record.name), () => {
    mkdirSync(paths.networks, { recursive: true, mode: 0o700 })
    replaceFile(fileOf(paths, record.name), `${JSON.stringify(record, null, 2)}\n`, 0o600)
  })
}

export function removeNetwork(paths: DataRootPaths, name: string): Result<void> {
  return attempt('remove', fileOf(paths, name), () => {
    rmSync(fileOf(paths, name), { force: true })
    ifPresent(() => syncDirectory(paths.networks))
  })
}

/** Rules on their way into the kernel; one file, since one pass at a time applies them. */
export function stageRules(paths: DataRootPaths, rules: string): Result<string> {
  const file = join(paths.staging, 'rules.nft')
  return attempt('write', file, () => {
    writeFileSync(file, rules, { mode: 0o600 })
    return file
  })
}

/** null: nothing was applied yet, or what was is not known; then it is applied again. */
export function readLastRuleset(paths: DataRootPaths): LastRuleset | null {
  const last = readStateFile(paths.lastRuleset, lastRulesetShape)
  return last.known ? last.value : null
}

export function writeLastRuleset(paths: DataRootPaths, last: LastRuleset | null): Result<void> {
  return attempt('write', paths.lastRuleset, () => {
    if (last === null) rmSync(paths.lastRuleset, { force: true })
    else replaceFile(paths.lastRuleset, `${JSON.stringify(last)}\n`, 0o600)
  })
}
