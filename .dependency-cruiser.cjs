// Who may import whom (docs/ARCHITECTURE.md). Everything else fails `npm run check`.
const folder = name => `^src/${name}/`
const only = (from, to) => ({
  name: `${from}-imports-only`,
  comment: `${from} may import: ${to.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: folder(from) },
  to: {
    path: '^src/',
    pathNot: [folder(from), ...to.map(name => (name.endsWith('.ts') ? `^src/${name}` : folder(name)))],
  },
})
/** The rooms of a folder, in order: each may import those that it names, which all stand before it. */
const rooms = (parent, mayImport) =>
  Object.entries(mayImport).map(([room, to]) => ({
    ...only(`${parent}/${room}`, []),
    to: { path: folder(parent), pathNot: [room, ...to].map(name => folder(`${parent}/${name}`)) },
    comment: `${parent}/${room} may import of ${parent}: ${to.join(', ') || 'nothing'}`,
  }))
const pure = name => ({
  name: `${name}-is-pure`,
  comment: `${name} is part of the functional core: no node:*, no package`,
  severity: 'error',
  from: { path: folder(name) },
  to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
})
const adapter = (pkg, file) => ({
  name: `${pkg}-only-in-one-file`,
  comment: `one third-party package, one importing file: ${pkg} → src/${file}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${file}$` },
  to: { path: `^node_modules/${pkg}/` },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-from-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|scripts)/' } },
    only('model', []),
    only('runtime', ['model', 'package-root.ts']),
    ...['source', 'manifest', 'supervise', 'status', 'dataroot', 'registry'].map(name => only(name, ['model'])),
    only('plan', ['model', 'supervise']),
    only('observe', ['model', 'dataroot', 'runtime']),
    only('image', ['model', 'dataroot', 'registry', 'runtime']),
    only('converge', ['model', 'dataroot', 'runtime', 'image']),
    only('watch', ['model', 'reconcile.ts']),
    {
      name: 'reconcile-imports-only',
      severity: 'error',
      from: { path: '^src/reconcile\\.ts$' },
      to: { path: '^src/', pathNot: [folder('model'), folder('plan')] },
    },
    ...rooms('dataroot', {
      files: [],
      layout: ['files'],
      records: ['files', 'layout'],
      sources: ['files', 'layout', 'records'],
      logs: ['files', 'layout'],
      bbolt: ['files'],
      rootfs: ['files', 'layout'],
      images: ['files', 'layout', 'records', 'bbolt'],
      docker: ['files', 'layout', 'records', 'images'],
      objects: ['files', 'layout', 'records', 'bbolt', 'rootfs', 'docker'],
      handover: ['files', 'layout', 'bbolt', 'images'],
    }),
    ...rooms('status', {
      text: [],
      sources: ['text'],
      passes: ['text', 'sources'],
      objects: ['text', 'passes'],
      images: ['text'],
      host: ['text'],
    }),
    ...rooms('registry', {
      http: [],
      access: ['http'],
      pull: ['http', 'access'],
      push: ['http', 'access'],
    }),
    ...rooms('cli', {
      context: [],
      manifests: ['context'],
      pulls: ['context'],
      world: ['context', 'pulls'],
      views: ['context', 'manifests', 'world'],
      output: ['context', 'manifests', 'pulls'],
      passes: ['context', 'world', 'views'],
      loops: ['context', 'manifests', 'world', 'output', 'passes'],
      logs: ['context', 'world', 'views'],
      doctor: ['context', 'world', 'views'],
      commands: ['context', 'manifests', 'pulls', 'world', 'views', 'output', 'passes', 'loops', 'logs', 'doctor'],
      program: ['context', 'commands'],
    }),
    ...['model', 'supervise', 'plan', 'status'].map(pure),
    adapter('yaml', 'manifest/parse.ts'),
    adapter('chokidar', 'source/directory.ts'),
    adapter('ffi-rs', 'runtime/native.ts'),
    adapter('winston', 'cli/output/log.ts'),
    adapter('commander', 'cli/program/program.ts'),
    adapter('execa', 'cli/manifests/host-command.ts'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
