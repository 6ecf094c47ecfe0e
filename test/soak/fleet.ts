import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../support/lab.ts'
import type { Random } from './random.ts'

/** What one manifest says; null: its file is not there. */
type Member = {
  readonly name: string
  readonly generation: number
  readonly memoryMebibytes: number
  readonly isStopped: boolean
  readonly isDeclared: boolean
}

/** Containers that each lock a bound file, and write into a named volume; their manifests change at random. */
export type Fleet = {
  /** Changes one to three manifests on the disk; says how. */
  change(): string
  /** names of containers that are to run */
  running(): readonly string[]
  declared(): readonly string[]
  /** Throws when a container ran twice at once, or when a volume lost a byte since the last look. */
  assertNothingLost(): void
}

const size = 10

/**
 * The lock is free unless this container runs already. Each run adds a line to its volume, after a look at what must be there.
 */
const payload = (name: string, generation: number) => `
exec 9>>/shared/${name}.lock
flock -n 9 || { echo "${name} twice" >> /shared/broken; exit 7; }
[ -s /data/precious ] || { [ -e /data/runs ] && echo "${name} lost its volume" >> /shared/broken; }
echo "run of ${generation}" >> /data/runs
trap "exit 0" TERM
sleep 100000 & wait
`

const manifest = ({ name, generation, memoryMebibytes, isStopped }: Member, shared: string) =>
  JSON.stringify({
    apiVersion: 'reconcile/v1',
    kind: 'Container',
    metadata: { name },
    spec: {
      rootfs: 'host',
      command: ['sh', '-c', payload(name, generation)],
      mounts: [`${name}-data:/data`, `${shared}:/shared`],
      limits: { memory: `${memoryMebibytes}Mi`, pids: 32 },
      state: isStopped ? 'stopped' : 'running',
      stop: { grace: '3s' },
    },
  })

export function openFleet(lab: Lab, random: Random): Fleet {
  const shared = join(lab.folder, 'shared')
  mkdirSync(shared)
  const members = new Map<string, Member>()
  const seen = new Map<string, { precious: Buffer | null; runs: Buffer }>()
  const write = (member: Member) => {
    members.set(member.name, member)
    const path = join(lab.manifests, `${member.name}.yaml`)
    if (member.isDeclared) writeFileSync(path, manifest(member, shared))
    else rmSync(path, { force: true })
  }
  for (let n = 0; n < size; n++) {
    write({ name: `web${n}`, generation: 1, memoryMebibytes: 32, isStopped: false, isDeclared: true })
  }
  const all = () => [...members.values()]
  const changeOne = (): string => {
    const member = random.pick(all())
    const [what, changed] = changedAtRandom(member, random)
    const declared = all().filter(one => one.isDeclared).length
    // an empty directory is a mistake, not a wish
    if (!changed.isDeclared && declared < size / 2) return 'nothing'
    write(changed)
    return `${member.name} ${what}`
  }
  return {
    change: () => Array.from({ length: 1 + random.below(3) }, changeOne).join(', '),
    running: () =>
      all()
        .filter(one => one.isDeclared && !one.isStopped)
        .map(({ name }) => name),
    declared: () =>
      all()
        .filter(one => one.isDeclared)
        .map(({ name }) => name),
    assertNothingLost: () => {
      const broken = join(shared, 'broken')
      if (existsSync(broken)) throw new Error(readFileSync(broken, 'utf8'))
      for (const { name } of all())
        seen.set(name, lookAt(join(lab.root, 'volumes', `${name}-data`, '_data'), seen.get(name)))
    },
  }
}

function changedAtRandom(member: Member, random: Random): readonly [string, Member] {
  if (!member.isDeclared) return ['is declared again', { ...member, isDeclared: true }]
  const roll = random.below(10)
  if (roll < 4) return ['is made anew', { ...member, generation: member.generation + 1 }]
  if (roll < 7) return ['gets other limits', { ...member, memoryMebibytes: 16 + random.below(64) }]
  if (roll < 9) return [member.isStopped ? 'is started' : 'is stopped', { ...member, isStopped: !member.isStopped }]
  return ['is removed', { ...member, isDeclared: false }]
}

/** What is in a volume only ever grows, and what was put there from outside stays. */
function lookAt(data: string, before: { precious: Buffer | null; runs: Buffer } | undefined) {
  const read = (name: string) => (existsSync(join(data, name)) ? readFileSync(join(data, name)) : null)
  const runs = read('runs') ?? Buffer.alloc(0)
  if (before !== undefined) {
    if (!runs.subarray(0, before.runs.length).equals(before.runs)) throw new Error(`${data}/runs lost lines`)
    if (before.precious !== null && !before.precious.equals(read('precious') ?? Buffer.alloc(0))) {
      throw new Error(`${data}/precious is not what it was`)
    }
  }
  const precious = before?.precious ?? (existsSync(data) ? randomBytes(40_000) : null)
  if (precious !== null && before?.precious == null) writeFileSync(join(data, 'precious'), precious)
  return { precious, runs }
}
