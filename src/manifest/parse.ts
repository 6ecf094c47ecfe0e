import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml'
import type { CST, Document, Node, Pair, Scalar, YAMLError, YAMLMap, YAMLSeq } from 'yaml'
import type { Problem } from '../model/desired.ts'
import { problemAt, quote, type SourceText, type Span } from './text.ts'
import { yamlMessage } from './yaml-messages.ts'

/** Where a value stands: its key (null in a list and for the document), itself, and where to point people. */
export type Place = { readonly key: Span | null; readonly value: Span; readonly shown: Span }

/** One YAML document as plain data, with the place of every value by JSON pointer. */
export type ParsedDocument = {
  readonly value: unknown
  readonly places: ReadonlyMap<string, Place>
}

const maxDocuments = 10_000
const maxDepth = 32
/** a level of a document is up to three of the parser's */
const maxParserDepth = 3 * maxDepth + 10
/** words, blanks and marks of one file */
const maxLexemes = 1_000_000
const maxDirectives = 100
/** values of one file, and of what its aliases stand for, counted each time */
const maxValues = 500_000
const maxAliasedValues = 100_000

/**
 * The documents of a file. Stops at the first document with a YAML error: what follows it can't be trusted. Documents
 * without content are left out; one with a problem of its own values is still given. Aliases are followed within bounds; merge keys and tags of one's own are refused.
 */
export function parseDocuments(source: SourceText): { documents: ParsedDocument[]; problems: Problem[] } {
  const documents: ParsedDocument[] = []
  const problems: Problem[] = []
  const budget = { values: 0, aliased: 0 }
  let composed = 0
  try {
    for (const document of compose(source.text)) {
      composed += 1
      if (composed > maxDocuments)
        throw new Excess(document.range[0], `more than ${maxDocuments} documents in one file; split it`)
      const read = parseDocument(source, document, budget)
      problems.push(...read.problems)
      if (read.parsed !== null) documents.push(read.parsed)
      else if (read.problems.length > 0) break
    }
  } catch (error) {
    if (!(error instanceof Excess)) throw error
    const offset = Math.min(error.offset, Math.max(0, source.text.length - 1))
    problems.push(problemAt(source, { offset, length: 1 }, error.message))
  }
  return { documents, problems }
}

/** A bound that was passed in the middle of parsing. */
class Excess extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

const tooDeep = `nested deeper than ${maxDepth} levels; no manifest needs that`

type Composed = Document.Parsed

/** Documents one by one, so that a file with too many of them is left early. Own checks replace `uniqueKeys` (quadratic). */
function compose(text: string): Generator<Composed> {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  return composer.compose(boundedTokens(text), true, text.length) as Generator<Composed>
}

/** As `Parser.parse`, but within bounds: 4 MiB of brackets would cost it gigabytes. It stops at the first error too. */
function* boundedTokens(text: string): Generator<CST.Token> {
  const parser = new Parser()
  const count = { lexemes: 0, directives: 0, errors: 0 }
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') count.directives += 1
      if (token.type === 'error') count.errors += 1
      yield token
    }
    count.lexemes += 1
    if (count.errors > 0) break
    if (count.lexemes > maxLexemes) throw new Excess(parser.offset, 'too much for one file; split it')
    if (count.directives > maxDirectives) throw new Excess(parser.offset, 'too many lines that begin with %')
    if (parser.stack.length > maxParserDepth) throw new Excess(parser.offset, tooDeep)
  }
  yield* parser.end()
}

function parseDocument(
  source: SourceText,
  document: Composed,
  budget: Budget,
): { problems: Problem[]; parsed: ParsedDocument | null } {
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault !== undefined) {
    return {
      problems: [problemAt(source, errorSpan(source, fault), yamlMessage(fault.code, fault.message))],
      parsed: null,
    }
  }
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') {
    return {
      problems: [problemAt(source, { offset: 0, length: 1 }, 'YAML 1.1 is not read; remove the %YAML line')],
      parsed: null,
    }
  }
  if (document.contents === null || isEmpty(document.contents)) return { problems: [], parsed: null }
  const reader: Reader = { source, budget, places: new Map(), anchors: new Map(), open: new Set(), problems: [] }
  const value = readNode(reader, document.contents, { pointer: '', key: null, depth: 0 })
  return { problems: reader.problems, parsed: { value, places: reader.places } }
}

type Reader = {
  readonly source: SourceText
  readonly budget: Budget
  readonly places: Map<string, Place>
  readonly anchors: Map<string, Node>
  /** collections that are being read, to find aliases to themselves */
  readonly open: Set<Node>
  readonly problems: Problem[]
}
type Budget = { values: number; aliased: number }
/** `alias`: the span of the alias through which a value is read, where its places are */
type Spot = { readonly pointer: string; readonly key: Span | null; readonly depth: number; readonly alias?: Span }

function readNode(reader: Reader, node: Node | null, spot: Spot): unknown {
  const { budget } = reader
  budget.values += 1
  if (spot.alias !== undefined) budget.aliased += 1
  const span = spot.alias ?? (node === null ? (spot.key ?? { offset: 0, length: 1 }) : nodeSpan(node))
  reader.places.set(spot.pointer, { key: spot.key, value: span, shown: isBlock(node) ? (spot.key ?? span) : span })
  if (budget.aliased > maxAliasedValues)
    throw new Excess(span.offset, `more than ${maxAliasedValues} values, aliases followed; split the file`)
  if (budget.values > maxValues) throw new Excess(span.offset, `more than ${maxValues} values; split the file`)
  if (spot.depth > maxDepth) throw new Excess(span.offset, tooDeep)
  if (node === null) return null
  if (isAlias(node)) return readAlias(reader, node.source, { ...spot, alias: span })
  if (node.anchor !== undefined) reader.anchors.set(node.anchor, node)
  reader.open.add(node)
  const value = isMap(node)
    ? readMap(reader, node, spot)
    : isSeq(node)
      ? readSeq(reader, node, spot)
      : isScalar(node)
        ? readScalar(reader, node, span)
        : null
  reader.open.delete(node)
  return value
}

function readAlias(reader: Reader, name: string, spot: Spot & { readonly alias: Span }): unknown {
  const target = reader.anchors.get(name)
  if (target === undefined)
    return refuse(reader, spot.alias, `alias *${name} stands before its anchor &${name}, or there is none`)
  if (reader.open.has(target)) return refuse(reader, spot.alias, `alias *${name} contains itself`)
  return readNode(reader, target, spot)
}

function readMap(reader: Reader, map: YAMLMap, spot: Spot): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null)
  const seen = new Map<string, Span>()
  for (const pair of map.items) {
    const key = readKey(reader, pair, spot)
    if (key === null) continue
    const first = seen.get(key.name)
    if (first !== undefined) {
      refuse(
        reader,
        key.span,
        `${quote(key.name)} stands twice in one mapping, first in line ${lineOf(reader.source, first)}; remove one`,
      )
      continue
    }
    seen.set(key.name, key.span)
    const pointer = `${spot.pointer}/${key.name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    result[key.name] = readNode(reader, pair.value as Node | null, {
      ...spot,
      pointer,
      key: key.span,
      depth: spot.depth + 1,
    })
    if (reader.problems.length >= maxProblems) break
  }
  return result
}

const maxProblems = 20

function readKey(reader: Reader, pair: Pair, spot: Spot): { name: string; span: Span } | null {
  const node = pair.key as Node | null
  const span = spot.alias ?? (node === null ? { offset: 0, length: 1 } : nodeSpan(node))
  if (!isScalar(node)) {
    refuse(reader, span, 'a key must be a plain word, not a list, a mapping or an alias')
    return null
  }
  if (node.anchor !== undefined) reader.anchors.set(node.anchor, node)
  const name = typeof node.value === 'string' ? node.value : (node.source ?? '')
  if (name === '<<' && node.type === 'PLAIN') {
    refuse(reader, span, 'merge keys (<<) are not supported; write the fields out')
    return null
  }
  if (name === '__proto__') {
    refuse(reader, span, 'the key "__proto__" is refused')
    return null
  }
  return { name, span }
}

function readSeq(reader: Reader, seq: YAMLSeq, spot: Spot): unknown[] {
  const result: unknown[] = []
  for (const [index, item] of seq.items.entries()) {
    const pointer = `${spot.pointer}/${index}`
    result.push(readNode(reader, item as Node | null, { ...spot, pointer, key: null, depth: spot.depth + 1 }))
    if (reader.problems.length >= maxProblems) break
  }
  return result
}

function readScalar(reader: Reader, scalar: Scalar, span: Span): unknown {
  const { value, source } = scalar
  if (typeof value === 'string' && value.includes('\0')) return refuse(reader, span, 'a text with a NUL character')
  if (typeof value === 'number' && source !== undefined && /^[-+]?0[0-9]/.test(source)) {
    refuse(
      reader,
      span,
      `${source} is no octal number in YAML 1.2 but reads as ${value}; put it in quotes: "${source}"`,
    )
    return source
  }
  return typeof value === 'bigint' ? Number(value) : value
}

function refuse(reader: Reader, span: Span, message: string): null {
  if (reader.problems.length < maxProblems) reader.problems.push(problemAt(reader.source, span, message))
  return null
}

const lineOf = (source: SourceText, span: Span): number => source.text.slice(0, span.offset).split('\n').length

const isBlock = (node: Node | null): boolean => (isMap(node) || isSeq(node)) && node.flow !== true

const isEmpty = (node: Node): boolean => isScalar(node) && node.value === null && (node.source ?? '') === ''

function nodeSpan(node: Node): Span {
  const [start, end] = node.range ?? [0, 1]
  return { offset: start, length: Math.max(1, end - start) }
}

function errorSpan(source: SourceText, error: YAMLError): Span {
  const offset = Math.min(error.pos[0], Math.max(0, source.text.length - 1))
  return { offset, length: Math.max(1, error.pos[1] - error.pos[0]) }
}
