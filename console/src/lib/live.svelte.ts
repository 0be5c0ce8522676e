/** One site, kept up to date: a snapshot to begin with, events to know when to read again. */

import { find, follow, get, NeedsToken, Refused } from './api'
import type {
  Detail,
  Happened,
  Learning,
  LimitEvent,
  LimitsAhead,
  Live,
  Measured,
  Outlook,
  PlanRecord,
  SeriesPoint,
  SiteBattery,
  SiteSummary,
} from './types'

const REFRESH_MS = 700
const IDLE_MS = 5000
const RETRY_MS = 2000
const DETAIL_MS = 1500
const DETAIL_IDLE_MS = 60_000
const BATTERIES_MS = 2000
const BATTERIES_IDLE_MS = 60_000
const TICKER_MAX = 40
const SERIES_MAX = 1500

/** What is no news for people: marks of the stream, and updates that 2.x stations send with every reading. */
const UNTOLD = new Set(['ready', 'measured', 'TransactionUpdated'])

export type Link = 'connecting' | 'live' | 'lost' | 'locked'

class Feed {
  link = $state<Link>('connecting')
  refused = $state(false)
  sites = $state.raw<SiteSummary[]>([])
  loaded = $state(false)
  site = $state<string | null>(null)
  live = $state.raw<Live | null>(null)
  series = $state.raw<SeriesPoint[]>([])
  events = $state.raw<Happened[]>([])
  detail = $state.raw<Detail | null>(null)
  batteries = $state.raw<SiteBattery[]>([])
  /** Why the batteries could not be read, in the server's words. */
  batteriesTrouble = $state('')

  #history: SeriesPoint[] = []
  #lastId: string | null = null
  #stop: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading = false
  #stale = false
  #readAt = 0
  #detailed = ''
  #detailAt = 0
  #detailing = false
  #batteriesAt = 0

  async start(): Promise<void> {
    this.#stop?.abort()
    const stop = (this.#stop = new AbortController())
    while (!stop.signal.aborted) {
      try {
        if (this.live === null) await this.#enter()
        await follow(this.#lastId, (event) => this.#happened(event), stop.signal)
        this.link = 'lost'
      } catch (why) {
        if (stop.signal.aborted) return
        if (why instanceof NeedsToken) {
          this.#lock(why)
          return
        }
        this.link = 'lost'
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  async choose(site: string): Promise<void> {
    this.site = site
    this.#forget()
    await this.#refresh()
  }

  /** After a change that this page made itself. */
  async reread(): Promise<void> {
    this.#detailed = ''
    this.#detailAt = 0
    if (this.live !== null) await this.#readDetail(this.live)
  }

  /** The whole plan and what belongs to it: when there is a new plan, or after a minute. */
  async #readDetail(live: Live): Promise<void> {
    const made = live.plan?.made_at ?? ''
    const wait = made === this.#detailed ? DETAIL_IDLE_MS : DETAIL_MS
    if (this.#detailing || Date.now() - this.#detailAt < wait) return
    this.#detailing = true
    try {
      const site = `/sites/${encodeURIComponent(live.id)}`
      let outlookTrouble = ''
      const outlook = get<Outlook>(`${site}/outlook?hours=24`).catch((why: unknown) => {
        if (!(why instanceof Refused)) throw why
        outlookTrouble = why.message
        return null
      })
      const [plan, ahead, limitEvents, learning, measured, foreseen] = await Promise.all([
        find<PlanRecord>(`${site}/plan`),
        get<LimitsAhead>(`${site}/limits/ahead?hours=24`),
        get<LimitEvent[]>(`${site}/limit-events`),
        get<Learning>(`${site}/learning`),
        get<Measured[]>(`${site}/measurements/series?hours=18`),
        outlook,
      ])
      if (live.id !== this.site) return
      this.detail = { plan, ahead, outlook: foreseen, outlookTrouble, limitEvents, learning, measured }
      this.#detailed = made
    } catch (why) {
      if (why instanceof NeedsToken) this.#lock(why)
    } finally {
      this.#detailAt = Date.now()
      this.#detailing = false
    }
  }

  /** What batteries told and should do: as often as the rest, and seldom where there is none. */
  async #readBatteries(site: string): Promise<void> {
    const wait = this.batteries.length > 0 || this.batteriesTrouble !== '' ? BATTERIES_MS : BATTERIES_IDLE_MS
    if (Date.now() - this.#batteriesAt < wait) return
    this.#batteriesAt = Date.now()
    try {
      const found = await get<SiteBattery[]>(`/sites/${encodeURIComponent(site)}/batteries`)
      if (site !== this.site) return
      this.batteries = found
      this.batteriesTrouble = ''
    } catch (why) {
      if (why instanceof NeedsToken) this.#lock(why)
      else if (site === this.site) this.batteriesTrouble = (why as Error).message
    }
  }

  async #enter(): Promise<void> {
    this.sites = await get<SiteSummary[]>('/sites')
    this.loaded = true
    this.site ??= this.sites[0]?.id ?? null
    await this.#refresh()
  }

  #lock(why: NeedsToken): void {
    this.link = 'locked'
    this.refused = why.refused
  }

  #forget(): void {
    this.#history = []
    this.live = null
    this.series = []
    this.detail = null
    this.#detailed = ''
    this.batteries = []
    this.batteriesTrouble = ''
    this.#batteriesAt = 0
  }

  #happened(event: Happened): void {
    if (event.id !== '') this.#lastId = event.id
    this.link = 'live'
    if (event.type === 'reset') this.#history = []
    else if (!UNTOLD.has(event.type)) {
      this.events = [event, ...this.events].slice(0, TICKER_MAX)
    }
    if (event.type === 'SiteChanged') this.#batteriesAt = 0
    if (event.type === 'SiteChanged' && this.site === null) void this.#enter()
    this.#soon(Math.max(0, this.#readAt + REFRESH_MS - Date.now()))
  }

  #soon(delayMs: number): void {
    this.#stale = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#refresh(), delayMs)
  }

  async #refresh(): Promise<void> {
    const site = this.site
    if (site === null || this.#reading || (document.hidden && this.live !== null)) {
      if (!this.#reading) this.#soon(IDLE_MS)
      return
    }
    this.#reading = true
    this.#stale = false
    this.#readAt = Date.now()
    try {
      const since = this.#history.at(-1)?.[0]
      const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`
      const live = await get<Live>(`/sites/${encodeURIComponent(site)}/live${query}`)
      if (site !== this.site) return
      // The last point is the present one; it is no part of the history yet.
      this.#history = [...this.#history, ...live.series.slice(0, -1)].slice(-SERIES_MAX)
      this.series = [...this.#history, ...live.series.slice(-1)]
      this.live = live
      void this.#readDetail(live)
      void this.#readBatteries(site)
    } catch (why) {
      if (why instanceof NeedsToken) {
        this.#lock(why)
        this.#stop?.abort()
        return
      }
      this.link = 'lost'
    } finally {
      this.#reading = false
    }
    this.#soon(this.#stale ? REFRESH_MS : IDLE_MS)
  }
}

export const feed = new Feed()
