import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Debian's kernel as packages in `folder`; `suite` null: that of this host's package sources, else of the same archive. */
export function downloadKernel(folder: string, suite: string | null): string[] {
  const options = suite === null ? [] : ofSuite(folder, suite)
  run('apt-get', [...options, 'update', '-q'], folder)
  const dependencies = (name: string): string[] =>
    [
      ...run('apt-cache', [...options, 'depends', name], '/').matchAll(
        /^ {2}Depends: (linux-(?:image|binary|modules)-\S+)$/gm,
      ),
    ].map(([, found = '']) => found)
  // `linux-image-amd64` is empty and depends on the kernel's package; newer suites split that one.
  const parts = dependencies('linux-image-amd64').flatMap(name => [name, ...dependencies(name)])
  if (parts.length === 0) throw new Error(`${suite ?? 'this host’s package sources'}: no linux-image-amd64`)
  run('apt-get', [...options, 'download', '-q', ...parts], folder)
  return globSync(join(folder, '*.deb'))
}

/** apt's own state below `folder`, so that the host's stays as it is; the archive is the one that this host uses. */
function ofSuite(folder: string, suite: string): string[] {
  const [archive] = run('apt-get', ['indextargets', '--format', '$(ORIGIN) $(SITE)', 'Created-By: Packages'], '/')
    .split('\n')
    .flatMap(line => /^Debian (\S+)$/.exec(line)?.[1] ?? [])
  if (archive === undefined) throw new Error('this host’s package sources name no archive of Debian')
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true })
  const sources = join(folder, 'sources.list')
  writeFileSync(sources, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${archive} ${suite} main\n`)
  return [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State::lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
  ].flatMap(option => ['-o', option])
}

export function run(command: string, args: readonly string[], cwd: string): string {
  const done = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
    maxBuffer: 1 << 26,
  })
  if (done.status === 0) return done.stdout
  throw new Error(`${command} ${args.join(' ')}: ${done.stderr || (done.error?.message ?? done.signal)}`)
}
