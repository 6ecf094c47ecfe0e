import { readText } from './lab.ts'

/** What a container has written, by its log file; read without a process of ours. */
export const saidIn = (log: string): string =>
  readText(log)
    .split('\n')
    .map(line => (line === '' ? '' : (JSON.parse(line) as { log: string }).log))
    .join('')
