import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

const repository = resolve(import.meta.dirname, '../..')
const build = join(repository, 'build')

/** A released build, made of `test/releases/` (see scripts/archive-release.ts) unless that was done before; gives its `reconcile`. */
export function release(version: string): string {
  const archive = readFileSync(join(repository, `test/releases/${version}.tar.br`))
  const digest = createHash('sha256').update(archive).digest('hex').slice(0, 16)
  const folder = join(build, 'releases', `${version}-${digest}`)
  if (!existsSync(folder)) {
    mkdirSync(join(build, 'releases'), { recursive: true })
    const begun = mkdtempSync(`${folder}.`)
    run(begun, 'tar', ['-x'], brotliDecompressSync(archive))
    symlinkSync('../../../node_modules', join(begun, 'node_modules'))
    compile(begun)
    renameSync(begun, folder)
  }
  return join(folder, 'bin/reconcile')
}

/** Not optimised, and with the dependencies that the core's own tests have compiled: that takes a tenth of the time. */
function compile(folder: string): void {
  const core = join(folder, 'src/core')
  const quick = ['rc_runtime', 'rc_ffi', 'reconcile-shim'].flatMap(name => [
    '--config',
    `profile.dev.package.${name}.opt-level=0`,
    '--config',
    `profile.dev.package.${name}.debug=0`,
  ])
  const cargo = (verb: string, ...rest: string[]) =>
    run(core, 'cargo', [verb, '--locked', '--quiet', '--target-dir', build, ...quick, ...rest])
  // with the features of the library, the crate that both share is compiled once
  const shim = ['-p', 'reconcile-shim', '--bin', 'reconcile-shim', '--features', 'rc_runtime/layer']
  cargo('rustc', ...shim, '--', '-C', 'target-feature=+crt-static')
  cargo('build', '-p', 'rc_ffi')
  mkdirSync(join(folder, 'build'))
  for (const name of ['librc.so', 'reconcile-shim']) {
    copyFileSync(join(build, 'debug', name), join(folder, 'build', name))
  }
}

function run(cwd: string, command: string, args: readonly string[], input?: Buffer): void {
  const env = { ...process.env, CARGO_INCREMENTAL: '0' }
  const ran = spawnSync(command, args, { cwd, env, input, encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.error?.message ?? ran.stderr}`)
}
