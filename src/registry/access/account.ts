import type { Result } from '../../model/errors.ts'

export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string }

/** Who we are at a registry (`docker.io`, `host:port`); null: nobody. Failures never quote a secret. */
export type CredentialSource = (domain: string, signal: AbortSignal) => Promise<Result<Credentials | null>>
