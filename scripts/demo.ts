/**
 * Builds the core, plays README.md's sessions on this host (with the default places covered by temporary directories, and a
 * registry on a loopback of its own), compares every line, and ends with the leak check.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { consoleExchanges, differences, play } from '../test/support/console-session.ts'
import { inventory, leakReport } from '../test/support/leaks.ts'
import { enterPrivateHost } from '../test/support/private-host.ts'
import { startRegistry } from '../test/support/registry-server.ts'
import { provideDemoPrograms } from './demo-programs.ts'

if (process.getuid?.() !== 0) giveUp('the demo makes containers on this host: run it as root')
if (process.env['RECONCILE_PRIVATE_HOST'] === undefined) prepare()

const folder = enterPrivateHost('scripts/demo.ts')
const registry = await startRegistry({ kind: 'plain', port: 5000 })
try {
  const exchanges = consoleExchanges(readFileSync('README.md', 'utf8'))
  const played = await play(exchanges, `${folder}/checkout`, 60_000, ({ command, printed }) => {
    process.stdout.write(`$ ${command}\n${printed.map(line => `${line}\n`).join('')}`)
  })
  const wrong = differences(played)
  if (wrong.length > 0) process.stdout.write(`\nnot as README.md says:\n${wrong.join('\n')}`)
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  await registry.stop()
}
process.exit()

/** In the outer run: what the session needs, and the look at what it leaves. */
function prepare(): void {
  try {
    provideDemoPrograms()
  } catch (error) {
    giveUp((error as Error).message)
  }
  const build = spawnSync(process.execPath, ['scripts/build-core.ts'], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (build.status !== 0) process.exit(1)
  const before = inventory()
  process.on('exit', () => {
    const leaks = leakReport(before)
    process.stdout.write(`leak check: ${leaks.text}\n`)
    if (leaks.total > 0) process.exitCode = 1
    process.stdout.write(process.exitCode === 0 ? 'demo: all as README.md says\n' : 'demo: FAILED\n')
  })
}

function giveUp(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
