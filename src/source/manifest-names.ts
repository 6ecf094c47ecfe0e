/** Whether a file of a directory is a manifest: `*.yaml` and `*.yml`, not hidden, no droppings of editors. */
export const isManifestName = (name: string): boolean => /^[^.].*\.ya?ml$/.test(name)
