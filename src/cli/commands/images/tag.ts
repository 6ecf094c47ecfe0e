import { tagImage } from '../../../image/tag.ts'
import { clean } from '../../../status/text/clean.ts'
import { jsonText } from '../../../status/text/json-text.ts'
import { shortDigest } from '../../../status/text/words.ts'
import { type Context, exitCodes, giveUp } from '../../context/context.ts'
import { withImages } from '../../world/image-world.ts'

export async function tag(context: Context, image: string, name: string): Promise<number> {
  return await withImages(context, async deps => {
    const tagged = await tagImage(deps, image, name, context.signal)
    if (!tagged.ok) {
      const exit = tagged.error.code === 'E_REFERENCE' ? exitCodes.usage : exitCodes.failed
      return giveUp(context, { exit, message: tagged.error.message })
    }
    const { value } = tagged
    const text = `+ image ${clean(value.name)}  names ${shortDigest(value.imageId)}`
    context.screen.out(context.options.output === 'json' ? jsonText(value) : text)
    return exitCodes.done
  })
}
