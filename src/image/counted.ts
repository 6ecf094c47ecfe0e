/** Passes bytes on and tells how many have been taken, `from` included. */
export async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  from: number,
  onBytes: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = from
  for await (const piece of bytes) {
    // once it is taken, it may be empty
    const { length } = piece
    yield piece
    done += length
    onBytes(done)
  }
}
