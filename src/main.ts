import { Screen } from './cli/context/screen.ts'
import { runProgram } from './cli/program/program.ts'

const interruptions = { SIGINT: 130, SIGTERM: 143 } as const

/** argv → command → exit code. */
async function main(): Promise<number> {
  const screen = new Screen(process.stdout, process.stderr)
  const code = await runProgram(process.argv.slice(2), screen, listenToSignals)
  await screen.flushed()
  return code === 0 && screen.isBroken ? 1 : code
}

/** From now on the first signal asks the command to end, and a second one ends at once. */
function listenToSignals(): AbortSignal {
  const interrupted = new AbortController()
  for (const [name, code] of Object.entries(interruptions)) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(code)
      interrupted.abort(code)
    })
  }
  return interrupted.signal
}

void main().then(code => process.exit(code))
