// Makes build/reconcile.cjs: src/main.ts and what it imports as one script beside its code cache, and their launcher (src/launch.ts).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { type Bundle, load } from '../src/launch.ts'

const repository = resolve(import.meta.dirname, '..')

/** Loaded by the few commands that need them, from node_modules; ffi-rs has a native part. */
const external = ['ffi-rs', 'execa', 'chokidar', 'winston']

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  charset: 'ascii',
  write: false,
  logLevel: 'warning',
  define: { 'import.meta.dirname': '__dirname' },
}

/** `root`: what has `src/` and gets `build/`. Throws with a readable message. */
export async function makeBundle(root = repository): Promise<void> {
  const directory = join(root, 'build')
  const { text, inputs } = await bundled(root, {
    entryPoints: ['src/main.ts'],
    external,
    // a vm.Script has no import() of its own; require() loads these too
    supported: { 'dynamic-import': false },
    metafile: true,
  })
  const name = `reconcile-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  const bundle: Bundle = {
    script: `${name}.cjs`,
    cache: `${name}.cache`,
    sources: inputs.map(path => timed(root, path)),
  }
  replace(join(directory, bundle.script), text)
  const made = spawnSync(process.execPath, [import.meta.filename, '--warm', join(directory, name)], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`the bundle does not run: ${made.stderr}`)
  const launcher = await bundled(root, {
    entryPoints: ['src/launch.ts'],
    define: { ...common.define, bundle: JSON.stringify(bundle) },
  })
  replace(join(directory, 'reconcile.cjs'), launcher.text)
  for (const old of readdirSync(directory).filter(entry => /^reconcile-[0-9a-f]{16}\./.test(entry)))
    if (!old.startsWith(name)) rmSync(join(directory, old))
}

/** By rename: commands may be starting from it. */
function replace(path: string, content: string | Buffer): void {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}

async function bundled(
  root: string,
  options: BuildOptions,
): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
  const made = await build({ ...common, absWorkingDir: root, ...options })
  const [file] = made.outputFiles ?? []
  if (file === undefined) throw new Error('esbuild made no file')
  return { text: file.text, inputs: Object.keys(made.metafile?.inputs ?? {}).filter(path => path.startsWith('src/')) }
}

const timed = (root: string, path: string): [string, number] => [path, statSync(join(root, path)).mtimeMs]

/** Runs the bundle once over the example manifests, so that the cache holds the functions that a pass calls. */
function warm(base: string): void {
  const { script, run } = load(`${base}.cjs`, null)
  process.on('exit', code => {
    replace(`${base}.cache`, script.createCachedData())
    process.exitCode = code === 2 ? 0 : code // a plan with something to do
  })
  const nowhere = `${base}.nowhere`
  process.argv.splice(
    2,
    Infinity,
    process.geteuid?.() === 0 ? 'plan' : 'validate',
    '--root',
    nowhere,
    '--run',
    nowhere,
    join(repository, 'manifests'),
  )
  run()
}

if (import.meta.main) {
  const at = process.argv.indexOf('--warm')
  const base = process.argv[at + 1]
  if (at > 0 && base !== undefined) warm(base)
  else await makeBundle()
}
