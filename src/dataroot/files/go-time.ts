/** Go's zero time stands for "never". */
const zeroTime = '0001-01-01T00:00:00Z'

export const timeText = (ms: number | null): string => (ms === null ? zeroTime : new Date(ms).toISOString())

export function timeMs(time: string): number | null {
  const ms = Date.parse(time)
  return time === zeroTime || Number.isNaN(ms) ? null : ms
}
