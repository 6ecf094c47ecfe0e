export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

export const logLevels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']
export const defaultManifests = '/etc/reconcile/manifests'

/** The flags that every command takes. */
export type GlobalOptions = {
  readonly root: string
  readonly run: string
  /** null: the real path of each source is its name */
  readonly source: string | null
  readonly output: 'text' | 'json'
  readonly logLevel: LogLevel
  readonly color: boolean
  readonly showValues: boolean
  readonly allowEmpty: boolean
  /** hosts and networks whose registries may speak TLS that can't be verified, or none */
  readonly insecure: readonly string[]
  /** asked before Docker Hub */
  readonly mirrors: readonly string[]
}
