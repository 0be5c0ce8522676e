/** The API, with the token that is kept for this tab only, and the stream of events. */

import type { Happened } from './types'

const KEY = 'chargewright-token'

/** A token is asked for; `refused` where the one that was sent does not open. */
export class NeedsToken extends Error {
  constructor(readonly refused: boolean) {
    super('a token is needed')
  }
}

/** What the API said of a request that it refused; `path` names the field. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly path: string | null,
  ) {
    super(detail)
  }
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token)
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(KEY)
  return token === null ? {} : { Authorization: `Bearer ${token}` }
}

async function ask(path: string, more: RequestInit = {}): Promise<Response> {
  const response = await fetch(`/api/v1${path}`, {
    ...more,
    headers: { ...headers(), ...(more.headers as Record<string, string> | undefined) },
  })
  if (response.status === 401) {
    const refused = sessionStorage.getItem(KEY) !== null
    sessionStorage.removeItem(KEY)
    throw new NeedsToken(refused)
  }
  if (!response.ok) throw await refusal(response, path)
  return response
}

async function refusal(response: Response, path: string): Promise<Refused> {
  try {
    const problem = (await response.json()) as { detail?: string; title?: string; path?: string | null }
    return new Refused(response.status, problem.detail || problem.title || '', problem.path ?? null)
  } catch {
    return new Refused(response.status, `${path} answered ${response.status}`, null)
  }
}

/** The answer, or null where there is no such thing. */
export async function find<T>(path: string): Promise<T | null> {
  try {
    return await get<T>(path)
  } catch (why) {
    if (why instanceof Refused && why.status === 404) return null
    throw why
  }
}

/** Change something; null where the answer has no content. */
export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T | null> {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  const text = await (await ask(path, { method, ...content })).text()
  return text === '' ? null : (JSON.parse(text) as T)
}

export async function get<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T
}

/**
 * Follow the events until `signal`. EventSource cannot send a token, hence a stream that is read by hand.
 * Ends when the connection does; the caller comes back with the last id that it saw.
 */
export async function follow(
  lastId: string | null,
  happened: (event: Happened) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await ask('/events', { signal, headers: lastId === null ? {} : { 'Last-Event-ID': lastId } })
  if (response.body === null) throw new Error('the stream has no body')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = read(block)
      if (event !== null) happened(event)
    }
  }
}

function read(block: string): Happened | null {
  let [id, type, data] = ['', '', '']
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4)
    else if (line.startsWith('event: ')) type = line.slice(7)
    else if (line.startsWith('data: ')) data = line.slice(6)
  }
  return type === '' ? null : { id, type, data: JSON.parse(data) as Record<string, unknown> }
}
