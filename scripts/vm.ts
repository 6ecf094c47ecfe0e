/**
 * Runs a command as root on a stock Debian kernel with cgroup v2 alone, in a virtual machine whose root is this machine's:
 *
 *     node scripts/vm.ts [--suite NAME] [--systemd] [--limit SECONDS] [--memory MIB] [--disk FILE] -- COMMAND [ARG...]
 *     node scripts/vm.ts [--suite NAME] --fetch
 *
 * What the command writes is gone afterwards, except on the drive /dev/vda where a FILE is that; /tmp and /run are empty tmpfs,
 * but for the current directory. It has no network and no standard input; of the environment, PATH and NODE_COMPILE_CACHE are
 * handed on. The exit code is the command's; 124: it took too long; 125: the machine failed. What is needed is installed or
 * downloaded at the first run, or by --fetch alone; the kernel is kept in build/vm. `--suite`: a kernel of another suite of Debian
 * (trixie, sid), from the archive that this host's packages come from. `--systemd`: the command is a service of a systemd that is
 * the first process.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { labPrefix } from '../test/support/leaks.ts'
import { cpio, type RootFile } from './vm/cpio.ts'
import { debianKernel, type Kernel } from './vm/kernel.ts'
import { runMachine } from './vm/machine.ts'

const repository = resolve(import.meta.dirname, '..')
const usage =
  'usage: node scripts/vm.ts [--suite NAME] [--systemd] [--limit SECONDS] [--memory MIB] [--disk FILE] -- COMMAND [ARG...]'
const tooLate = 124
const broken = 125
/** A drive that holds nothing, for what only a drive can have. */
const diskBytes = 16 * 2 ** 20
/** Without hardware's help a guest takes many times longer to compile what Node runs. */
const compileCache = 'NODE_COMPILE_CACHE'

const { values, positionals: command } = parseArgs({
  options: {
    disk: { type: 'string' },
    fetch: { type: 'boolean', default: false },
    limit: { type: 'string', default: '300' },
    memory: { type: 'string', default: '2048' },
    suite: { type: 'string' },
    systemd: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (command.length === 0 && !values.fetch) give(usage, 64)
if (values.suite !== undefined && !/^[a-z][a-z-]*$/.test(values.suite))
  give(`${values.suite} is no suite of Debian`, 64)
if (process.arch !== 'x64') give(`the virtual machine is of the x86-64 kind, and this one is ${process.arch}`, broken)
const installed = spawnSync(process.execPath, [join(repository, 'scripts/install-test-packages.ts')], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (installed.status !== 0) give('what the virtual machine needs is not installed', broken)

const end = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end.abort())
const folder = mkdtempSync(`${labPrefix}vm-`)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

try {
  const kernel = debianKernel(join(repository, 'build/vm'), values.suite ?? null)
  if (!values.fetch) await boot(kernel)
} catch (error) {
  give(`vm: ${(error as Error).message}`, broken)
}

async function boot(kernel: Kernel): Promise<void> {
  const firstRoot = join(folder, 'root.cpio')
  const disk = values.disk ?? join(folder, 'disk')
  if (values.disk === undefined) {
    writeFileSync(disk, '')
    truncateSync(disk, diskBytes)
  }
  writeFileSync(firstRoot, cpio(firstRootFiles(kernel)))
  const { image } = kernel
  const limitMs = Number(values.limit) * 1000
  const ended = await runMachine(
    { image, firstRoot, folder, disk, memoryMib: Number(values.memory), limitMs },
    end.signal,
  )
  if (ended.how === 'exited') process.exitCode = ended.code
  else if (ended.how === 'late') give(`vm: still running after ${values.limit} s\n${ended.console}`, tooLate)
  else give(`vm: ended before the command did\n${ended.console}`, broken)
}

function firstRootFiles({ modules }: Kernel): RootFile[] {
  const names = modules.map((_, index) => `${index}.ko`)
  return [
    { name: 'init', mode: 0o755, content: readFileSync(join(repository, 'scripts/vm/init.sh')) },
    { name: 'bin/busybox', mode: 0o755, content: readFileSync(busybox()) },
    ...modules.map((path, index) => ({ name: `modules/${index}.ko`, mode: 0o644, content: readFileSync(path) })),
    { name: 'modules/order', mode: 0o644, content: names.map(name => `${name}\n`).join('') },
    { name: 'task/command', mode: 0o755, content: script() },
    ...(values.systemd ? [{ name: 'task/systemd', mode: 0o644, content: '' }] : []),
    { name: 'task/kept', mode: 0o644, content: hidden(process.cwd()) ? `${process.cwd()}\n` : '' },
  ]
}

/** The guest has a /tmp and a /run of its own. */
function hidden(path: string): boolean {
  return /^\/(tmp|run)\//.test(path)
}

function busybox(): string {
  const found = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' })
  return found.stdout.trim()
}

function script(): string {
  const environment = {
    HOME: '/root',
    TERM: 'dumb',
    PATH: process.env['PATH'],
    [compileCache]: process.env[compileCache],
  }
  const assignments = Object.entries(environment).map(([name, value]) =>
    value === undefined ? '' : `export ${name}=${quoted(value)}\n`,
  )
  return `#!/bin/sh\ncd ${quoted(process.cwd())}\n${assignments.join('')}exec ${command.map(quoted).join(' ')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function give(message: string, code: number): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
