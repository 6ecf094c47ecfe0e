import type { Address } from '../../source/git/address.ts'
import type { Wanted } from '../../source/git/names.ts'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

export const logLevels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']
export const defaultManifests = '/etc/reconcile/manifests'

/** A directory of a Git repository as a source. */
export type GitOptions = {
  readonly address: Address
  readonly wanted: Wanted
  /** `` for the repository's top */
  readonly path: string
  readonly intervalMs: number
}

/** The flags that every command takes. */
export type GlobalOptions = {
  readonly root: string
  readonly run: string
  /** null: the real path of each source is its name */
  readonly source: string | null
  readonly output: 'text' | 'json'
  /** what is wrong is told in GitHub's workflow commands */
  readonly annotates: boolean
  readonly logLevel: LogLevel
  readonly color: boolean
  readonly showValues: boolean
  readonly allowEmpty: boolean
  /** hosts and networks whose registries may speak TLS that can't be verified, or none */
  readonly insecure: readonly string[]
  /** asked before Docker Hub */
  readonly mirrors: readonly string[]
  /** containers without `networks` are on their default one; else they have a loopback alone */
  readonly defaultNetwork: boolean
  /** null: no repository is a source */
  readonly git: GitOptions | null
}
