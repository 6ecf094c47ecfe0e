import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

export type Machine = {
  readonly image: string
  /** a cpio archive */
  readonly firstRoot: string
  /** an empty directory for sockets and the console */
  readonly folder: string
  /** the drive, as it is */
  readonly disk: string
  readonly memoryMib: number
  readonly limitMs: number
}

/** How the guest's command ended. */
export type Ended =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'late' | 'broken'; readonly console: string }

const ports = ['out', 'err', 'code'] as const

/** Boots the machine, passes on what its command prints, and waits for its end or until `signal` ends it. */
export async function runMachine(machine: Machine, signal: AbortSignal): Promise<Ended> {
  let code = ''
  const takers = {
    out: (socket: Socket) => socket.pipe(process.stdout, { end: false }),
    err: (socket: Socket) => socket.pipe(process.stderr, { end: false }),
    code: (socket: Socket) => socket.on('data', data => (code += data)),
  }
  const ends: Promise<unknown>[] = []
  const servers = await Promise.all(
    ports.map(port =>
      listening(join(machine.folder, port), socket => {
        ends.push(once(socket, 'end'))
        takers[port](socket)
      }),
    ),
  )
  const child = launch(machine)
  const late = AbortSignal.timeout(machine.limitMs)
  AbortSignal.any([signal, late]).addEventListener('abort', () => child.kill('SIGKILL'))
  if (signal.aborted) child.kill('SIGKILL')
  await once(child, 'close')
  await Promise.all(ends)
  for (const server of servers) server.close()
  if (/^\d+\n$/.test(code)) return { how: 'exited', code: Number(code) }
  return { how: late.aborted ? 'late' : 'broken', console: lastLines(join(machine.folder, 'console')) }
}

async function listening(path: string, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer(take).listen(path)
  await once(server, 'listening')
  return server
}

/** Ends with this process, also with one that is killed. */
function launch(machine: Machine): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machineArguments(machine)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** Each has a processor and a part of the memory: what only a host with several can be asked for. */
const nodes = 2

function memoryNode(node: number, mib: number): string[] {
  const memory = `memory-backend-ram,id=node${node},size=${mib}M`
  return ['-object', memory, '-numa', `node,nodeid=${node},cpus=${node},memdev=node${node}`]
}

function machineArguments({ image, firstRoot, folder, disk, memoryMib }: Machine): string[] {
  const port = (name: string) => [
    '-chardev',
    `socket,id=${name},path=${join(folder, name)}`,
    '-device',
    `virtserialport,chardev=${name},name=${name}`,
  ]
  return [
    ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ['-machine', 'q35,usb=off,smbus=off,sata=off', '-accel', accelerator(), '-cpu', 'max'],
    ['-smp', `${nodes}`, '-m', `${memoryMib}`, '-kernel', image, '-initrd', firstRoot],
    ...Array.from({ length: nodes }, (_, node) => memoryNode(node, memoryMib / nodes)),
    ['-append', 'console=ttyS0 quiet panic=-1 nokaslr mitigations=off tsc=reliable no_timer_check cgroup_no_v1=all'],
    ['-serial', `file:${join(folder, 'console')}`, '-device', 'virtio-serial-pci', ...ports.flatMap(port)],
    ['-drive', `file=${disk},format=raw,if=none,id=disk`, '-device', 'virtio-blk-pci,drive=disk'],
    ['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
  ].flat()
}

/**
 * Where KVM itself runs without hardware's help (its module kvm_pvm), emulation is the faster of the two. One thread for both
 * processors: with two, code that one patches while the other runs it, as kernels and Node do, now and then crashes the guest.
 */
function accelerator(): string {
  const tcg = 'tcg,thread=single'
  if (existsSync('/sys/module/kvm_pvm')) return tcg
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return 'kvm'
  } catch {
    return tcg
  }
}

const lastLines = (path: string): string =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-20).join('\n') : ''
