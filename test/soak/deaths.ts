import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { labOptions } from '../support/lab.ts'
import { isShim } from '../support/shims.ts'
import { launchEngine } from '../support/stock-engine.ts'
import type { Random } from './random.ts'
import type { Services } from './services.ts'

/** How often what happened. */
export type Tally = Record<string, number>

export type Deaths = {
  readonly tally: Tally
  /** what commands said or did that they must not, since the last call */
  complaints(): readonly string[]
  /** Resolves when everything that was begun has ended. */
  end(): Promise<void>
}

type Actor = {
  readonly name: string
  readonly args: readonly string[]
  /** It is killed after a time below this, if it has not ended. */
  readonly livesMs: number
  /** the longest time until it is begun again */
  readonly restsMs: number
  /** codes with which it may end by itself */
  readonly codes: readonly number[]
}

/** A pass that meets a killed process may fail; who meets a watcher or a dockerd is refused. */
function actors(manifests: string): readonly Actor[] {
  const pass: Actor = {
    name: 'once',
    args: ['--once', '--timeout', '20s', manifests],
    livesMs: 6000,
    restsMs: 400,
    codes: [0, 1, 3, 4],
  }
  const watch: Actor = { name: 'watch', args: [manifests], livesMs: 15_000, restsMs: 400, codes: [4] }
  const look = (...args: readonly string[]): Actor => ({
    name: args[0] ?? '',
    args,
    livesMs: 60_000,
    restsMs: 400,
    codes: [0, 2, 4],
  })
  return [
    watch,
    watch,
    watch,
    pass,
    pass,
    pass,
    look('ps'),
    look('plan', manifests),
    look('logs', 'svc-0'),
    { name: 'down', args: ['down', manifests], livesMs: 800, restsMs: 60_000, codes: [0, 1, 4] },
  ]
}

const command = `${process.cwd()}/bin/reconcile`

/** Ten processes that are killed and begun again, one that kills what they start, and dockerds one after the other. */
export function beginDeaths(services: Services, random: Random): Deaths {
  const tally: Tally = {}
  const complained: string[] = []
  const ending = new AbortController()
  const rest = (ms: number) => sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined)
  const count = (what: string) => (tally[what] = (tally[what] ?? 0) + 1)
  const again = async (act: () => Promise<void>) => {
    while (!ending.signal.aborted) await act()
  }
  const running = [
    ...actors(services.lab.manifests).map(actor =>
      again(async () => {
        const said = await live(services, actor, 20 + random.below(actor.livesMs))
        count(`${actor.name} ${said.how}`)
        if (said.complaint !== null) complained.push(said.complaint)
        await rest(random.below(actor.restsMs))
      }),
    ),
    again(async () => {
      const killed = killOne(services, random)
      if (killed !== null) count(`${killed} killed`)
      await rest(50 + random.below(500))
    }),
    again(async () => {
      count(`dockerd ${await tryEngine(services.lab.root)}`)
      await rest(5000 + random.below(20_000))
    }),
  ]
  return {
    tally,
    complaints: () => complained.splice(0),
    end: async () => {
      ending.abort()
      await Promise.all(running)
    },
  }
}

type Lived = { readonly how: 'killed' | 'ended' | 'refused'; readonly complaint: string | null }

async function live({ lab }: Services, { name, args, codes }: Actor, killAfterMs: number): Promise<Lived> {
  const child = spawn(command, [...labOptions(lab), ...args], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', chunk => (said += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  if (signal === 'SIGKILL') return { how: 'killed', complaint: null }
  const isGood = code !== null && codes.includes(code) && !/^\s+at .*:\d+:\d+\)?$/m.test(said)
  return {
    how: code === 4 ? 'refused' : 'ended',
    complaint: isGood ? null : `${name}: exit ${code} ${signal}\n${said}`,
  }
}

/** What it was; null: nothing lives. */
function killOne(services: Services, random: Random): 'process' | 'shim' | null {
  const alive = services.alive()
  if (alive.length === 0) return null
  const { pid, shimPid } = random.pick(alive)
  const isForShim = random.below(2) === 0 && isShim(shimPid)
  const target = isForShim ? shimPid : pid
  try {
    process.kill(target, 'SIGKILL')
  } catch {
    return null
  }
  return isForShim ? 'shim' : 'process'
}

/** It is kept off while one of ours lives; where it came in between, it goes again. */
async function tryEngine(root: string): Promise<'refused' | 'started'> {
  if (!existsSync(root)) return 'refused'
  try {
    const engine = await launchEngine(root, 'overlay2')
    await engine.stop()
    return 'started'
  } catch {
    return 'refused'
  }
}
