import { type BigIntStats, existsSync, statSync } from 'node:fs'
import type { ContainerDeclaration } from '../model/desired.ts'
import { known, unknown, type Known } from '../model/errors.ts'

/** The number of each block device that these declarations throttle, or why it can't be throttled. */
export function readDevices(
  declarations: readonly Pick<ContainerDeclaration, 'limits'>[],
): Readonly<Record<string, Known<string>>> {
  const paths = declarations.flatMap(({ limits }) => (limits.blkio ?? []).map(({ device }) => device))
  return Object.fromEntries([...new Set(paths)].map(path => [path, readDevice(path)]))
}

/** Only whole disks have a queue that can be throttled. */
function readDevice(path: string): Known<string> {
  const found = look(path)
  if (typeof found === 'string') return unknown(`there is no device ${path} (${found})`)
  if (!found.isBlockDevice()) return unknown(`${path} is no block device`)
  const number = deviceNumber(found.rdev)
  const isPartition = existsSync(`/sys/dev/block/${number}/partition`)
  return isPartition ? unknown(`${path} is a partition; only its whole disk can be throttled`) : known(number)
}

function look(path: string): BigIntStats | string {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

/** gnu_dev_major and gnu_dev_minor of makedev(3) */
const deviceNumber = (rdev: bigint) =>
  `${((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)}:${(rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)}`
