/** Which page is shown: kept in the address, so that it can be linked to and the browser's way back works. */

const PAGES = ['site', 'bill', 'limits', 'forecasts'] as const
export type Page = (typeof PAGES)[number]

class Route {
  page = $state<Page>('site')
  /** [station, EVSE] of the session that is looked at. */
  session = $state.raw<[string, number] | null>(null)

  constructor() {
    this.read()
    addEventListener('hashchange', () => this.read())
  }

  read(): void {
    const [first, ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
    this.session = first === 'session' && rest.length === 2 ? [rest[0] ?? '', Number(rest[1])] : null
    this.page = PAGES.find((page) => page === first) ?? 'site'
  }
}

export const route = new Route()

export function sessionLink(station: string, evse: number): string {
  return `#/session/${encodeURIComponent(station)}/${evse}`
}
