/** 64 lower-case hex digits, as Docker's container ids. */
export type ContainerId = string

/** Stands for the `count`th id that a dry run doesn't make. */
export const unmintedId = (count: number): ContainerId => `new#${count}`
export const isUnminted = (id: string): boolean => /^new#\d+$/.test(id)

/** Where manifests come from: the real path of a directory, or `--source NAME`. Owns what its manifests declare. */
export type SourceName = string

export type ObjectName = { readonly project: string | null; readonly name: string }

/** `shop/web`, or `web` without a project. Unique among containers on one data-root. */
export const fullName = (name: ObjectName): string =>
  name.project === null ? name.name : `${name.project}/${name.name}`

/** A place in a manifest; line and column count from 1. `file` is the path as people should see it. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/** A pid alone is no identity: the kernel uses it again. startTicks: field 22 of /proc/<pid>/stat. */
export type ProcessIdentity = { readonly pid: number; readonly startTicks: string; readonly bootId: string }

/** What a step, a refusal or a waiting is about. */
export type Subject = {
  readonly kind: 'container' | 'volume' | 'image' | 'network' | 'ruleset' | 'resolver' | 'proxy'
  readonly name: string
  readonly id: string | null
}
