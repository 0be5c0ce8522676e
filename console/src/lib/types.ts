/** What the API answers, as far as this page reads it. Powers in W, energies in Wh, currents in A. */

export type SeriesPoint = [at: string, powerW: number, limitW: number | null, baseW: number]
export type Step = [at: string, value: number]

export interface SiteSummary {
  id: string
  name: string
}

export interface Car {
  transaction: number
  token: string | null
  started_at: string | null
  energy_wh: number | null
  wanted_wh: number | null
  unmet_wh: number | null
  departure_at: string | null
}

export interface Profile {
  profile_id: number
  purpose: string
  periods: Step[]
  end: string | null
  verification: '' | 'verified' | 'diverged'
  may_exceed: boolean
  reason: string
}

export interface Evse {
  station: string
  evse: number
  connected: boolean
  protocol: string | null
  status: string
  error: string
  current_max_a: number
  limit_a: number | null
  measured_a: number | null
  power_w: number | null
  measured_at: string | null
  car: Car | null
  profile: Profile | null
  planned: Step[]
}

export interface Plan {
  goal: string
  made_at: string
  end: string
  power: Step[]
  peak_power_w: number
  engine: string
  gap: number | null
  unmet_wh: number
  explanation: string[]
}

export interface Counters {
  energy_wh: number
  profiles_sent: number
  profiles_accepted: number
  profiles_verified: number
  profiles_diverged: number
  profiles_rejected: number
  limit_violations: number
  stations: number
  stations_connected: number
  charging: number
  messages_received: number
  messages_answered: number
}

/** What a host such as the demo adds. */
export interface Extra {
  uncontrolled?: Step[]
  uncontrolled_peak_w?: number
  speed?: number
  time_zone?: string
  limit_violations?: number
}

export interface Live {
  id: string
  name: string
  at: string
  power_w: number
  limit_w: number | null
  base_w: number
  enforced: boolean
  broken_rows: string[]
  rows_over: string[]
  series: SeriesPoint[]
  plan: Plan | null
  evses: Evse[]
  counters: Counters
  extra: Extra
}

export interface Happened {
  id: string
  type: string
  data: Record<string, unknown>
}
