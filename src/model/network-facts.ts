import type { PublishedPort } from './network.ts'

/** A subnet that something else than our networks uses. `by`: `route via eth0` */
export type ObservedSubnet = {
  readonly subnet: string
  readonly by: string
  /** a router stands before it: a part of it may be on this host all the same */
  readonly isBehindRouter: boolean
}

/** A process of the host that has a port. `holder`: `nginx (pid 12)` */
export type Listener = Omit<PublishedPort, 'containerPort'> & { readonly holder: string }
