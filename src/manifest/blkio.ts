import type { DeviceRates } from '../model/blkio.ts'
import type { Limits } from './generated/manifests.ts'
import { pathFault } from './paths.ts'
import { orReport, type Report } from './report.ts'
import { quote } from './text.ts'
import { parseBytes } from './units.ts'

type Written = NonNullable<Limits['blkio']>[number]
type At = (string | number)[]
/** cgroup v2 refuses 1 (tg_set_limit of block/blk-throttle.c) */
const leastRate = 2

/** Each device once, with at least one rate; sizes as bytes a second. */
export function deviceRates(written: readonly Written[], report: Report): readonly DeviceRates[] {
  return written.map((one, index) => {
    const at = (field: keyof Written): At => ['spec', 'limits', 'blkio', index, field]
    const fault = pathFault(one.device)
    if (fault !== null) report(at('device'), `spec.limits.blkio.${index}.device: ${fault}`)
    if (written.findIndex(({ device }) => device === one.device) < index)
      report(at('device'), `spec.limits.blkio has ${quote(one.device)} twice; write its rates together`)
    if (Object.keys(one).length === 1)
      report(at('device'), `spec.limits.blkio.${index} needs a rate: readBps, writeBps, readIops or writeIops`)
    return {
      device: one.device,
      ...bytesRate(one, 'readBps', at, report),
      ...bytesRate(one, 'writeBps', at, report),
      ...(one.readIops === undefined ? {} : { readIops: one.readIops }),
      ...(one.writeIops === undefined ? {} : { writeIops: one.writeIops }),
    }
  })
}

function bytesRate(one: Written, field: 'readBps' | 'writeBps', at: (field: keyof Written) => At, report: Report) {
  const value = one[field]
  const bytes = value === undefined ? null : orReport(report, at(field), parseBytes(value))
  if (bytes === null) return {}
  if (bytes < leastRate) report(at(field), `${at(field).join('.')} must be at least ${leastRate}, not ${bytes}`)
  return { [field]: bytes }
}
