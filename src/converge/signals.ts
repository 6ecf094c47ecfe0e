import { constants } from 'node:os'

const realTimeMin = 34
const realTimeMax = 64
const names: Readonly<Record<string, number>> = constants.signals

/** `SIGTERM`, `TERM`, `15`, `RTMIN+3`, `SIGRTMAX-1` → its number on Linux; null if there is no such signal. */
export function signalNumber(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return inRange(Number(text))
  const name = text.toUpperCase().replace(/^SIG/, '')
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name)
  if (realTime === null) return names[`SIG${name}`] ?? null
  const distance = Number(realTime[3] ?? 0) * (realTime[2] === '-' ? -1 : 1)
  return inRange((realTime[1] === 'MIN' ? realTimeMin : realTimeMax) + distance)
}

/** `SIGTERM`; `signal 40` where it has no name of its own. */
export const signalName = (signal: number): string =>
  Object.keys(names).find(name => names[name] === signal) ?? `signal ${signal}`

const inRange = (signal: number) => (signal >= 1 && signal <= realTimeMax ? signal : null)
