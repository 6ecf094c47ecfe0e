import { Writable } from 'node:stream'
import type { Logger } from 'winston'
import { type LogLevel, logLevels } from '../context/options.ts'

/** A watcher's own log, apart from the lines that tell people what was done. A constant message with fields. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: Readonly<Record<string, unknown>>) => void>>

export type LogOptions = {
  readonly level: LogLevel
  readonly format: 'text' | 'json'
  readonly write: (line: string) => void
}

/** winston is loaded with the first one: it takes as long as a small command. */
export function openLog({ level, format, write: writeLine }: LogOptions): Log {
  let logger: Promise<Logger> | null = null
  const write =
    (at: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (logLevels.indexOf(at) > logLevels.indexOf(level)) return
      logger ??= createLogger({ level, format, write: writeLine })
      void logger.then(ready => ready.log(at, message, fields))
    }
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') }
}

async function createLogger({ level, format, write }: LogOptions): Promise<Logger> {
  const { default: winston } = await import('winston')
  const { combine, timestamp, json, printf } = winston.format
  const lines = new Writable({
    decodeStrings: false,
    write: (line: string, _, done) => {
      write(line)
      done()
    },
  })
  return winston.createLogger({
    level,
    format: combine(timestamp(), format === 'json' ? json() : printf(textLine)),
    transports: [new winston.transports.Stream({ stream: lines })],
  })
}

const textLine = ({ timestamp, level, message, ...fields }: Readonly<Record<string, unknown>>): string =>
  [
    timestamp,
    level,
    message,
    ...Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  ].join(' ')
