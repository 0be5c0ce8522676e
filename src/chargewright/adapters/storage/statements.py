# ruff: noqa: S105, S608  # "TOKEN" is a table, and nothing that anybody says becomes part of a statement
"""Every statement of the store. Plain SQL, in the words that SQLite and PostgreSQL share, with named parameters.

The tables are described in `schema`. The driver prepares each text once and keeps it.
"""

from typing import Final

__all__ = ["add_readings"]

_HELD: Final = "state IN ('sent', 'accepted')"  # installation.MAY_BE_HELD

# stations and tokens

STATION: Final = "SELECT content FROM station WHERE id = :id"
STATIONS: Final = "SELECT content FROM station ORDER BY id"
PUT_STATION: Final = """
    INSERT INTO station (id, content) VALUES (:id, :content)
    ON CONFLICT (id) DO UPDATE SET content = excluded.content"""
DELETE_STATION: Final = "DELETE FROM station WHERE id = :id"

TOKEN: Final = "SELECT content FROM token WHERE folded = :folded"
TOKENS: Final = "SELECT content FROM token ORDER BY folded"
PUT_TOKEN: Final = """
    INSERT INTO token (folded, content) VALUES (:folded, :content)
    ON CONFLICT (folded) DO UPDATE SET content = excluded.content"""
DELETE_TOKEN: Final = "DELETE FROM token WHERE folded = :folded"

# transactions

ID_BLOCK: Final = "SELECT next_id FROM id_block WHERE name = :name"
PUT_ID_BLOCK: Final = """
    INSERT INTO id_block (name, next_id) VALUES (:name, :next_id)
    ON CONFLICT (name) DO UPDATE SET next_id = excluded.next_id"""

TRANSACTION_OF_WIRE_ID: Final = """
    SELECT transaction_id FROM transaction_event WHERE station_id = :station_id AND wire_id = :wire_id
    ORDER BY arrival DESC LIMIT 1"""
TRANSACTION_OF_START: Final = """
    SELECT transaction_id FROM transaction_event
    WHERE station_id = :station_id AND digest = :digest AND kind = 'started' ORDER BY arrival LIMIT 1"""
ADD_EVENT: Final = """
    INSERT INTO transaction_event (transaction_id, station_id, wire_id, kind, digest, content)
    VALUES (:transaction_id, :station_id, :wire_id, :kind, :digest, :content)
    ON CONFLICT (transaction_id, digest) DO NOTHING"""
EVENTS: Final = """
    SELECT arrival, content FROM transaction_event WHERE transaction_id = :transaction_id ORDER BY arrival"""

PUT_TRANSACTION: Final = """
    INSERT INTO charging_transaction (id, station_id, state, begun_us, token_folded, content)
    VALUES (:id, :station_id, :state, :begun_us, :token_folded, :content)
    ON CONFLICT (id) DO UPDATE SET station_id = excluded.station_id, state = excluded.state,
        begun_us = excluded.begun_us, token_folded = excluded.token_folded, content = excluded.content"""
TRANSACTION: Final = "SELECT content FROM charging_transaction WHERE id = :id"
TRANSACTIONS_IN: Final = "SELECT content FROM charging_transaction WHERE state = :state ORDER BY id"
TRANSACTIONS_OF_STATION_IN: Final = """
    SELECT content FROM charging_transaction WHERE state = :state AND station_id = :station_id ORDER BY id"""
TRANSACTIONS_OF_TOKEN_IN: Final = """
    SELECT content FROM charging_transaction WHERE token_folded = :token_folded AND state = :state ORDER BY id"""
_PAGE: Final = """id > :after_id
    AND (:since_us IS NULL OR begun_us >= :since_us) AND (:until_us IS NULL OR begun_us < :until_us)
    ORDER BY id LIMIT :limit"""
TRANSACTIONS: Final = f"SELECT content FROM charging_transaction WHERE {_PAGE}"
TRANSACTIONS_OF_STATION: Final = f"""
    SELECT content FROM charging_transaction WHERE station_id = :station_id AND {_PAGE}"""

# meter values

_READING: Final = "station_id, transaction_id, evse_id, at_us, samples, suspect"
READING_COLUMNS: Final = 6


def add_readings(count: int) -> str:
    """One statement for `count` rows, its parameters one row after another."""
    rows = ", ".join(["(?, ?, ?, ?, ?, ?)"] * count)
    return f"INSERT INTO reading_recent ({_READING}) VALUES {rows}"


COUNT_RECENT: Final = "SELECT count(*) FROM reading_recent"
SETTLE: Final = f"""
    INSERT INTO reading ({_READING}) SELECT {_READING} FROM reading_recent WHERE true
    ORDER BY station_id, transaction_id, evse_id, at_us
    ON CONFLICT DO NOTHING"""
EMPTY_RECENT: Final = "DELETE FROM reading_recent"

_WANTED: Final = """(:transaction_id IS NULL OR transaction_id = :transaction_id)
    AND (:since_us IS NULL OR at_us >= :since_us)"""
_OF_TRANSACTION: Final = "transaction_id = :transaction_id AND (:since_us IS NULL OR at_us >= :since_us)"


def _readings(where: str) -> str:
    # UNION, not UNION ALL: what came twice shows once, wherever its copies stand.
    return f"""
    SELECT {_READING} FROM reading WHERE {where} UNION SELECT {_READING} FROM reading_recent WHERE {where}
    ORDER BY at_us, evse_id, samples LIMIT :limit"""


READINGS: Final = _readings(_WANTED)
READINGS_OF_STATION: Final = _readings(f"station_id = :station_id AND {_WANTED}")
READINGS_OF_TRANSACTION: Final = _readings(f"station_id = :station_id AND {_OF_TRANSACTION}")
# SQLite takes the other columns from the row that has the maximum.
LATEST_RECENT: Final = """
    SELECT station_id, evse_id, transaction_id, max(at_us), samples, suspect FROM reading_recent
    GROUP BY station_id, evse_id"""
LATEST_SETTLED: Final = """
    SELECT transaction_id, at_us, samples, suspect FROM reading
    WHERE station_id = :station_id AND transaction_id IN (0, :transaction_id) AND evse_id = :evse_id
    ORDER BY at_us DESC LIMIT 1"""

# sites, needs, plans

_SITE: Final = "id, name, definition, settings, updated_us"
SITE: Final = f"SELECT {_SITE} FROM site WHERE id = :id"
SITES: Final = f"SELECT {_SITE} FROM site ORDER BY id"
PUT_SITE: Final = f"""
    INSERT INTO site ({_SITE}) VALUES (:id, :name, :definition, :settings, :updated_us)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, definition = excluded.definition,
        settings = excluded.settings, updated_us = excluded.updated_us"""

NEEDS: Final = "SELECT content FROM charging_need ORDER BY station_id, evse_id"
PUT_NEED: Final = """
    INSERT INTO charging_need (station_id, evse_id, content) VALUES (:station_id, :evse_id, :content)
    ON CONFLICT (station_id, evse_id) DO UPDATE SET content = excluded.content"""
DELETE_NEED: Final = "DELETE FROM charging_need WHERE station_id = :station_id AND evse_id = :evse_id"

PLAN: Final = "SELECT at_us, content FROM plan WHERE site_id = :site_id"
PUT_PLAN: Final = """
    INSERT INTO plan (site_id, at_us, content) VALUES (:site_id, :at_us, :content)
    ON CONFLICT (site_id) DO UPDATE SET at_us = excluded.at_us, content = excluded.content"""

# profiles

PROFILES_HELD: Final = f"SELECT content FROM installed_profile WHERE {_HELD} ORDER BY entry_id"
PROFILES_HELD_BY: Final = f"""
    SELECT content FROM installed_profile WHERE {_HELD} AND station_id = :station_id ORDER BY entry_id"""
PROFILE_HISTORY: Final = """
    SELECT content FROM installed_profile WHERE station_id = :station_id ORDER BY entry_id DESC LIMIT :limit"""
PUT_PROFILE: Final = """
    INSERT INTO installed_profile (entry_id, station_id, state, accepted, verification, content)
    VALUES (:entry_id, :station_id, :state, :accepted, :verification, :content)
    ON CONFLICT (entry_id) DO UPDATE SET station_id = excluded.station_id, state = excluded.state,
        accepted = excluded.accepted, verification = excluded.verification, content = excluded.content"""
COUNT_PROFILES: Final = """
    SELECT state, accepted, verification, count(*) FROM installed_profile GROUP BY state, accepted, verification"""

# shelves

ITEM: Final = "SELECT content FROM item WHERE shelf = :shelf AND owner = :owner AND key = :key"
PUT_ITEM: Final = """
    INSERT INTO item (shelf, owner, key, content) VALUES (:shelf, :owner, :key, :content)
    ON CONFLICT (shelf, owner, key) DO UPDATE SET content = excluded.content"""
DELETE_ITEM: Final = "DELETE FROM item WHERE shelf = :shelf AND owner = :owner AND key = :key"
DELETE_ITEMS: Final = "DELETE FROM item WHERE shelf = :shelf AND owner = :owner"
ITEMS: Final = """
    SELECT owner, key, content FROM item WHERE shelf = :shelf AND (:after = '' OR key > :after)
    ORDER BY key, owner LIMIT :limit"""
ITEMS_OF: Final = """
    SELECT owner, key, content FROM item WHERE shelf = :shelf AND owner = :owner AND (:after = '' OR key > :after)
    ORDER BY key LIMIT :limit"""
NEWEST_ITEMS_OF: Final = """
    SELECT owner, key, content FROM item WHERE shelf = :shelf AND owner = :owner
    ORDER BY key DESC LIMIT :limit"""

# notices and commands

ADD_NOTICE: Final = """
    INSERT INTO notice (station_id, at_us, action, content) VALUES (:station_id, :at_us, :action, :content)"""
NOTICES: Final = """
    SELECT at_us, action, content FROM notice WHERE station_id = :station_id ORDER BY id DESC LIMIT :limit"""

_COMMAND: Final = "station_id, sent_us, action, payload, finished_us, outcome, response"
ADD_COMMAND: Final = f"""
    INSERT INTO command ({_COMMAND})
    VALUES (:station_id, :sent_us, :action, :payload, NULL, :outcome, :response)"""
FINISH_COMMAND: Final = """
    UPDATE command SET finished_us = :at_us, outcome = :outcome, response = :response WHERE id = :id"""
COMMAND: Final = f"SELECT {_COMMAND} FROM command WHERE id = :id"
