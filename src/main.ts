import { Screen } from './cli/context/screen.ts'
import { runProgram } from './cli/program/program.ts'

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

void main().then(code => process.exit(code))
