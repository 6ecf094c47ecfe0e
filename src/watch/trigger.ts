import type { ContainerId } from '../model/identity.ts'

/** What can wake a pass. What woke it is no input of the pass; only logs and waits look at it. */
export type Trigger =
  | { readonly kind: 'manifests' }
  | { readonly kind: 'exit'; readonly containerId: ContainerId }
  | { readonly kind: 'limits'; readonly containerId: ContainerId }
  /** null: the host's mount table, or a bind source */
  | { readonly kind: 'mounts'; readonly containerId: ContainerId | null }
  /** a probe has ended */
  | { readonly kind: 'health'; readonly containerId: ContainerId }
  | { readonly kind: 'shim-lost'; readonly containerId: ContainerId }
  | { readonly kind: 'timer' }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'signal' }
  | { readonly kind: 'op-ended' }
  /** the last pass did something: look whether that was all */
  | { readonly kind: 'again' }

export type TriggerKind = Trigger['kind']
