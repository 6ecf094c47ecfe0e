import { randomBytes } from 'node:crypto'

/** 64 hex digits, as Docker's; never all digits in the first 12, which programs could take a hostname's for a number. */
export function mintContainerId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex')
    if (/[a-f]/.test(id.slice(0, 12))) return id
  }
}
