import type { NetworkTotals } from '../model/usage.ts'
import { readText } from './files.ts'

/** What has gone through the interfaces of a process's network namespace; null: it has none but its loopback, or has ended. */
export function readNetworkTotals(procRoot: string, pid: number): NetworkTotals | null {
  const file = readText(`${procRoot}/${pid}/net/dev`)
  const rows = file.ok ? file.text.split('\n').flatMap(interfaceRow) : []
  if (rows.length === 0) return null
  const sum = (of: (row: NetworkTotals) => number) => rows.reduce((all, row) => all + of(row), 0)
  return {
    receivedBytes: sum(row => row.receivedBytes),
    receivedPackets: sum(row => row.receivedPackets),
    sentBytes: sum(row => row.sentBytes),
    sentPackets: sum(row => row.sentPackets),
  }
}

/** `  eth0: <8 figures of what came> <8 of what went>`: proc_pid_net(5). */
function interfaceRow(line: string): NetworkTotals[] {
  const [, name, rest = ''] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? []
  const figures = rest.split(/\s+/).map(Number)
  if (name === undefined || name === 'lo' || figures.length < 10 || figures.some(Number.isNaN)) return []
  const [receivedBytes = 0, receivedPackets = 0] = figures
  const [sentBytes = 0, sentPackets = 0] = figures.slice(8)
  return [{ receivedBytes, receivedPackets, sentBytes, sentPackets }]
}
