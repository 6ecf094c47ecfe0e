import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { labPrefix } from './leaks.ts'

/**
 * The default places (/var/lib/reconcile, /run/reconcile) and all ports of loopback without touching those of this host:
 * the script runs again in a mount namespace of its own, where temporary directories lie over the places, and in a network
 * namespace that has only a loopback. Returns only in that inner run, with a folder that holds `checkout` (bin/, manifests/
 * and examples/ to edit); the outer run ends the process with the inner's code.
 */
export function enterPrivateHost(script: string): string {
  const inner = process.env['RECONCILE_PRIVATE_HOST']
  if (inner !== undefined) {
    for (const place of places) bind(`${inner}${place}`, place)
    run('busybox', 'ip', 'link', 'set', 'lo', 'up')
    return inner
  }
  const folder = mkdtempSync(labPrefix)
  prepare(folder)
  const made = places.filter(place => !existsSync(place))
  for (const place of made) mkdirSync(place, { recursive: true })
  const result = spawnSync(
    'unshare',
    ['--mount', '--net', '--propagation', 'private', process.execPath, script, ...process.argv.slice(2)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, RECONCILE_PRIVATE_HOST: folder },
    },
  )
  for (const place of made) rmdirSync(place)
  rmSync(folder, { recursive: true, force: true })
  if (result.error) process.stderr.write(`unshare: ${result.error.message}\n`)
  process.exit(result.status ?? 1)
}

const places = ['/var/lib/reconcile', '/run/reconcile']

function prepare(folder: string): void {
  const checkout = `${folder}/checkout`
  mkdirSync(checkout, { recursive: true })
  for (const name of ['bin', 'src', 'schemas', 'build', 'node_modules', 'package.json']) {
    if (existsSync(name)) symlinkSync(`${process.cwd()}/${name}`, `${checkout}/${name}`)
  }
  for (const name of ['manifests', 'examples']) cpSync(name, `${checkout}/${name}`, { recursive: true })
  for (const place of places) mkdirSync(`${folder}${place}`, { recursive: true })
}

const bind = (source: string, target: string) => run('mount', '--bind', source, target)

function run(command: string, ...args: string[]): void {
  const result = spawnSync(command, args, { encoding: 'utf8' })
  if (result.status === 0) return
  throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`)
}
