import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../model/identity.ts'
import { ifPresent } from '../files/io.ts'

/** This process or another one, as it can be told apart from a later process with the same pid; null when it is gone. */
export function identifyProcess(pid: number, procRoot = '/proc'): ProcessIdentity | null {
  return ifPresent(() => {
    const bootId = readFileSync(join(procRoot, 'sys/kernel/random/boot_id'), 'utf8').trim()
    const stat = readFileSync(join(procRoot, `${pid}`, 'stat'), 'utf8')
    // the command's name, in brackets, may hold anything; field 3 follows its last bracket
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startTicks = fields[19]
    return startTicks === undefined || fields[0] === 'Z' ? null : { pid, startTicks, bootId }
  })
}

export function isProcessAlive(process: ProcessIdentity, procRoot: string): boolean {
  const now = identifyProcess(process.pid, procRoot)
  return now !== null && now.startTicks === process.startTicks && now.bootId === process.bootId
}
