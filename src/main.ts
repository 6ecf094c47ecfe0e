import { enableCompileCache } from 'node:module'
import { cacheDirectory, mayUseCache } from './compile-cache.ts'

// before anything else is loaded; without it all works the same
if (mayUseCache(process.argv.slice(2))) enableCompileCache(cacheDirectory)
const { Screen } = await import('./cli/context/screen.ts')
const { runProgram } = await import('./cli/program/program.ts')

const interruptions = { SIGINT: 130, SIGTERM: 143 } as const

/** argv → command → exit code. The first signal asks the command to end, a second one ends at once. */
async function main(): Promise<number> {
  const interrupted = new AbortController()
  for (const [name, code] of Object.entries(interruptions)) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(code)
      interrupted.abort(code)
    })
  }
  const screen = new Screen(process.stdout, process.stderr)
  const code = await runProgram(process.argv.slice(2), screen, interrupted.signal)
  await screen.flushed()
  return code === 0 && screen.isBroken ? 1 : code
}

process.exit(await main())
