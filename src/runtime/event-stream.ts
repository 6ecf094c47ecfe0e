import { Socket } from 'node:net'

export type EventStream = {
  /** While true, the wait for events keeps the program running. */
  hold(pending: boolean): void
  close(): void
}

/** Calls `onWake` when the core has records. Takes over the descriptor; a second socket on it would throw. */
export function eventStream(eventFd: number, onWake: () => void): EventStream {
  const socket = new Socket({ fd: eventFd, readable: true, writable: false })
  let open = true
  socket.on('data', () => {
    if (open) onWake()
  })
  // The write end lives in the core: an error or an end can only be its close.
  socket.on('error', () => socket.destroy())
  socket.unref()
  return {
    hold: pending => void (pending ? socket.ref() : socket.unref()),
    close: () => {
      open = false
      socket.destroy()
    },
  }
}
