import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { unpacked } from './unpacked.ts'

/** A kernel module as insmod takes it. */
export type Module = { readonly name: string; readonly content: Buffer }

/** The wanted modules and what they depend on, each behind its own dependencies. What the kernel has built in is left out. */
export function neededModules(folders: readonly string[], wanted: readonly string[]): Module[] {
  const paths = new Map(
    folders.flatMap(folder => globSync(`${folder}/kernel/**/*.ko*`)).map(path => [nameOf(path), path]),
  )
  const ordered: Module[] = []
  const add = (name: string) => {
    const path = paths.get(name)
    if (path === undefined) return
    paths.delete(name)
    const content = unpacked(readFileSync(path))
    for (const needed of dependencies(content)) add(needed)
    ordered.push({ name: `${name}.ko`, content })
  }
  wanted.forEach(add)
  return ordered
}

/** The kernel takes `-` and `_` for the same. */
const nameOf = (path: string) =>
  basename(path)
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_')

/** Its section `.modinfo` holds `depends=a,b`, and `softdep=pre: c` for what it asks for by another name. */
function dependencies(module: Buffer): string[] {
  const text = module.toString('latin1')
  const hard = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? ''
  const soft = /\0softdep=pre: ([^\0]*)\0/.exec(text)?.[1] ?? ''
  return [...hard.split(','), ...soft.split(' ')].filter(name => name !== '').map(name => name.replaceAll('-', '_'))
}
