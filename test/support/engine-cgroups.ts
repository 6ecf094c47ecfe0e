import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Removes the directory of this name, and empty ones below it, from every cgroup hierarchy. */
export function removeCgroups(name: string): void {
  for (const hierarchy of hierarchies()) removeEmpty(join(hierarchy, name))
}

const hierarchies = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => / - cgroup2? /.test(line))
    .map(line => line.split(' ')[4] ?? '')

function removeEmpty(path: string): void {
  if (!existsSync(path)) return
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(path, entry.name))
  }
  rmdirSync(path)
}
