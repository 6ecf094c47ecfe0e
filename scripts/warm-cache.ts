/**
 * Fills the compile cache with every module, so that commands that change nothing can use it without ever writing to it
 * (src/main.ts).
 */
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { resolve } from 'node:path'
import { cacheDirectory, completeMark } from '../src/compile-cache.ts'

enableCompileCache(cacheDirectory)
const modules = globSync('src/**/*.ts', { cwd: resolve(import.meta.dirname, '..') })
for (const file of modules.filter(name => name !== 'src/main.ts' && !name.endsWith('.d.ts')))
  await import(resolve(import.meta.dirname, '..', file))
flushCompileCache()
mkdirSync(cacheDirectory, { recursive: true })
writeFileSync(completeMark, '')
