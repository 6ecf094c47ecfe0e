import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** command → Debian's package and where the command may lie in it */
const programs = {
  busybox: { name: 'busybox-static', paths: ['usr/bin/busybox', 'bin/busybox'] },
  'docker-registry': { name: 'docker-registry', paths: ['usr/bin/docker-registry'] },
} as const

const folder = resolve(import.meta.dirname, '../build/programs')
const bin = join(folder, 'on-path')
const unpacked = join(folder, 'unpacked')

/**
 * Puts what the demo's session needs and this host lacks on PATH: unpacked from Debian's packages below build/, not
 * installed, so that no service starts. Throws with what to install where that can't be done.
 */
export function provideDemoPrograms(): void {
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:${bin}`
  const missing = Object.entries(programs).filter(([command]) => !has(command))
  if (missing.length === 0) return
  const packages = missing.map(([, { name }]) => name)
  const byHand = `the demo needs ${missing.map(([command]) => command).join(', ')}: install ${packages.join(', ')} (the names of Debian's packages)`
  if (!has('apt-get') || !has('dpkg-deb')) throw new Error(byHand)
  for (const one of [bin, unpacked]) mkdirSync(one, { recursive: true })
  const downloads = mkdtempSync(join(folder, 'download-'))
  try {
    if (!apt(downloads, ['download', ...packages])) {
      apt(downloads, ['update'])
      if (!apt(downloads, ['download', ...packages])) throw new Error(`${byHand}; apt-get download of them failed`)
    }
    for (const name of readdirSync(downloads)) spawnSync('dpkg-deb', ['-x', join(downloads, name), unpacked])
  } finally {
    rmSync(downloads, { recursive: true, force: true })
  }
  for (const [command, { paths }] of missing) {
    const path = paths.map(one => join(unpacked, one)).find(one => existsSync(one))
    if (path === undefined) throw new Error(`${byHand}; Debian's package has no ${command}`)
    rmSync(join(bin, command), { force: true })
    symlinkSync(path, join(bin, command))
  }
}

const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0

const apt = (cwd: string, args: readonly string[]) =>
  spawnSync('apt-get', ['-q', ...args], { cwd, stdio: 'ignore', timeout: 300_000 }).status === 0
