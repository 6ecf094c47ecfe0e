import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, renameSync, statSync, utimesSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeBundle } from './bundle.ts'

const repository = resolve(import.meta.dirname, '..')
const build = join(repository, 'build')

/** Builds `build/librc.so` and `build/reconcile-shim`; does nothing when their sources are unchanged. Throws with a readable message. */
export function buildCore(): void {
  cargo('build', '--release', '-p', 'rc_ffi')
  // Only the shim is static (it runs inside a container's mount namespace), and a cdylib can't be: the flag must not reach the shared crates.
  cargo(
    'rustc',
    '--release',
    '-p',
    'reconcile-shim',
    '--bin',
    'reconcile-shim',
    '--',
    '-C',
    'target-feature=+crt-static',
  )
  install('librc.so')
  install('reconcile-shim')
}

/** The Rust tests of all three crates. */
export function testCore(): void {
  cargo('test', '--workspace')
}

function cargo(command: string, ...rest: string[]): void {
  const args = [command, '--locked', '--quiet', '--target-dir', build, ...rest]
  const done = spawnSync('cargo', args, { cwd: join(repository, 'src/core'), stdio: ['ignore', 'inherit', 'inherit'] })
  if (done.error) throw new Error(missingCargo(done.error))
  if (done.status !== 0)
    throw new Error(`cargo ${command} failed (${done.signal ?? `exit code ${done.status}`}); its messages stand above`)
}

const missingCargo = (error: NodeJS.ErrnoException): string =>
  error.code === 'ENOENT'
    ? 'cargo is missing: the native core is built from src/core with Rust 1.85 or later; install it (Debian: apt-get install cargo, or rustup) and run again'
    : `cargo can't be run: ${error.message}`

/** By rename: a running process keeps the library that it has mapped. */
function install(name: string): void {
  const from = join(build, 'release', name)
  const to = join(build, name)
  const { size, mtime } = statSync(from)
  if (existsSync(to) && statSync(to).size === size && statSync(to).mtimeMs === mtime.getTime()) return
  const temporary = `${to}.${process.pid}`
  copyFileSync(from, temporary)
  utimesSync(temporary, mtime, mtime)
  renameSync(temporary, to)
}

if (import.meta.main) {
  try {
    if (process.argv.includes('--test')) testCore()
    else {
      buildCore()
      await makeBundle()
    }
  } catch (error) {
    process.stderr.write(`build: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
