/** A manifest of a container; `rest`: the other lines of its `spec`, two columns deep. */
export const containerText = (name: string, command: readonly string[], rest = '', rootfs = 'host') =>
  `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: ${rootfs}
  command: ${JSON.stringify(command)}
${rest}`

export const networkText = (name: string, spec: string) => `apiVersion: reconcile/v1
kind: Network
metadata: { name: ${name} }
spec: { ${spec} }
`
