import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** A repository of a test's own, changed through its objects alone: many files cost one process. */
export type TestRepository = {
  readonly path: string
  /** Commits exactly these files on top of a branch; gives the commit's id. `links` and `modes` as git has them. */
  commit(files: Files, options?: CommitOptions): string
  git(input: string | Buffer, ...args: string[]): string
}

export type Files = Readonly<Record<string, string | Buffer>>
export type CommitOptions = {
  readonly branch?: string
  /** null: a root commit, as after a forced push of another history; default: what the branch has */
  readonly parent?: string | null
  /** entries that are no regular files: path → mode and object (a link's object is the id of its target's text) */
  readonly special?: Readonly<Record<string, { readonly mode: string; readonly object: string }>>
}

const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
}

export function makeRepository(path: string, ...initArgs: string[]): TestRepository {
  mkdirSync(path, { recursive: true })
  const git = (input: string | Buffer, ...args: string[]): string => {
    const ran = spawnSync('git', [`--git-dir=${path}`, ...args], { input, env: environment, maxBuffer: 1 << 28 })
    if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout.toString('utf8').trim()
  }
  git('', 'init', '--quiet', '--bare', '--initial-branch=main', ...initArgs, path)
  let count = 0
  return {
    path,
    git,
    commit: (files, { branch = 'main', parent, special = {} } = {}) => {
      const ref = `refs/heads/${branch}`
      const before = parent === undefined ? tip(git, ref) : parent
      count += 1
      const stream = [
        `commit ${ref}-import\ncommitter test <test@example.com> ${1_700_000_000 + count} +0000\ndata 4\ntest\n`,
        ...(before === null ? [] : [`from ${before}\n`]),
        'deleteall\n',
        ...Object.entries(files).map(([name, text]) => `M 100644 inline ${quoted(name)}\n${data(text)}`),
        ...Object.entries(special).map(([name, { mode, object }]) => `M ${mode} ${object} ${quoted(name)}\n`),
      ]
      git(stream.join(''), 'fast-import', '--quiet', '--force')
      const commit = git('', 'rev-parse', `${ref}-import`)
      git('', 'update-ref', ref, commit)
      git('', 'update-ref', '-d', `${ref}-import`)
      return commit
    },
  }
}

function tip(git: TestRepository['git'], ref: string): string | null {
  return git('', 'for-each-ref', '--format=%(objectname)', ref) || null
}

const quoted = (name: string): string =>
  `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
const data = (text: string | Buffer): string => `data ${Buffer.byteLength(text)}\n${text.toString()}\n`

/** What stands in a tree under names that no honest git makes. */
export function rawTree(
  repository: TestRepository,
  entries: readonly (readonly [mode: string, name: string, object: string])[],
) {
  const bytes = Buffer.concat(
    entries.flatMap(([mode, name, object]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(object, 'hex')]),
  )
  return repository.git(bytes, 'hash-object', '-t', 'tree', '-w', '--stdin', '--literally')
}

/** A commit of a ready-made tree on `main`. */
export function commitTree(repository: TestRepository, tree: string): string {
  const commit = repository.git('test', 'commit-tree', tree)
  repository.git('', 'update-ref', 'refs/heads/main', commit)
  return commit
}

export const blob = (repository: TestRepository, text: string | Buffer): string =>
  repository.git(text, 'hash-object', '-w', '--stdin')
