import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { command } from './command.ts'

/** Compiles a program of this folder, static: it runs in any root. */
export function compiled(name: 'floor' | 'stamp' | 'drift', folder: string): string {
  const program = join(folder, name)
  command('cc', '-O2', '-static', '-o', program, resolve(import.meta.dirname, `${name}.c`))
  return program
}

/** A root file system with busybox and `/stamp`; made for whatever mounts over it. */
export function smallRoot(folder: string): string {
  const root = join(folder, 'rootfs')
  for (const name of ['', 'bin', 'proc', 'dev', 'sys', 'tmp', 'etc', 'srv']) mkdirSync(join(root, name))
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  copyFileSync(compiled('stamp', folder), join(root, 'stamp'))
  for (const name of ['bin/busybox', 'stamp']) chmodSync(join(root, name), 0o755)
  return root
}

/** What runs: a process of this host, and where it writes when it began. */
export type Running = { readonly pid: number; readonly folder: string }
