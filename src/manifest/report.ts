import type { Complaint } from './complaint.ts'
import type { Result } from '../model/errors.ts'

/** Collects what is wrong with one document while it is resolved. */
export type Report = (path: readonly (string | number)[], message: string, at?: Complaint['at']) => void

export function reporter(): { report: Report; complaints: readonly Complaint[] } {
  const complaints: Complaint[] = []
  return {
    complaints,
    report: (path, message, at = 'value') => complaints.push({ path: path.map(String), at, message }),
  }
}

/** The value, or null after its error was reported as `<field>: <error>`. */
export function orReport<T>(report: Report, path: readonly (string | number)[], result: Result<T, string>): T | null {
  if (result.ok) return result.value
  report(path, `${path.join('.')}: ${result.error}`)
  return null
}
