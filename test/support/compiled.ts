import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hostCommand } from './host-command.ts'

const build = resolve(import.meta.dirname, '../../build')

/** The program of `<name>.c` beside this file, compiled where it is missing or older than its source. */
export function compiled(name: string): string {
  const source = resolve(import.meta.dirname, `${name}.c`)
  const program = join(build, name)
  const isFresh = existsSync(program) && statSync(program).mtimeMs >= statSync(source).mtimeMs
  if (isFresh) return program
  mkdirSync(build, { recursive: true })
  const temporary = `${program}.${process.pid}`
  hostCommand('cc', '-O2', '-Wall', '-Wextra', '-Werror', '-o', temporary, source)
  renameSync(temporary, program)
  return program
}
