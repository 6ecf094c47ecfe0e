import type { Core } from '../../runtime/core.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The service manager that started this process (sd_notify(3)); without one nothing is told to anybody. */
export class ServiceManager {
  readonly #socket: string | null
  readonly #watchdogMs: number | null
  readonly #core: Pick<Core, 'notify'>
  #timer: NodeJS.Timeout | null = null

  constructor(core: Pick<Core, 'notify'>, environment: Environment = process.env, pid = process.pid) {
    this.#core = core
    this.#socket = environment['NOTIFY_SOCKET'] || null
    this.#watchdogMs = watchdogMs(environment, pid)
  }

  /** The loop runs; from now on each half of the watchdog's time has a sign of life. */
  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${status}`)
    if (this.#watchdogMs !== null) this.#timer ??= setInterval(() => this.#tell('WATCHDOG=1'), this.#watchdogMs / 2)
  }

  stopping(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#tell('STOPPING=1')
  }

  /** A manager that can't be reached ends nothing here. */
  #tell(state: string): void {
    if (this.#socket !== null) this.#core.notify(this.#socket, state)
  }
}

/** WATCHDOG_PID: it is meant for that process alone (sd_watchdog_enabled(3)). */
function watchdogMs(environment: Environment, pid: number): number | null {
  const us = Number(environment['WATCHDOG_USEC'] ?? '')
  const meant = environment['WATCHDOG_PID']
  return Number.isSafeInteger(us) && us > 0 && (meant === undefined || meant === `${pid}`) ? us / 1000 : null
}
