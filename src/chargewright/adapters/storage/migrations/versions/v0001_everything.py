"""Everything that the first version keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    stations_and_tokens()
    transactions()
    sites_and_plans()
    profiles_and_commands()


def stations_and_tokens() -> None:
    op.create_table(
        "station",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "token",
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("folded"),
    )
    op.create_table(
        "id_block",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def transactions() -> None:
    op.create_table(
        "charging_transaction",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_us", sa.BigInteger(), nullable=True),
        sa.Column("token_folded", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transaction_state", "charging_transaction", ["state", "station_id"], unique=False)
    op.create_index("ix_transaction_station", "charging_transaction", ["station_id", "id"], unique=False)
    op.create_index("ix_transaction_token", "charging_transaction", ["token_folded", "state"], unique=False)
    op.create_table(
        "transaction_event",
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("wire_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arrival"),
        sa.UniqueConstraint("transaction_id", "digest", name="uq_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_digest", "transaction_event", ["station_id", "digest"], unique=False)
    op.create_index("ix_event_wire_id", "transaction_event", ["station_id", "wire_id"], unique=False)
    op.create_table(
        "reading",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("evse_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.Column("suspect", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("station_id", "transaction_id", "evse_id", "at_us", "samples"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_recent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("evse_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.Column("suspect", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def sites_and_plans() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "charging_need",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("evse_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station_id", "evse_id"),
    )
    op.create_table(
        "plan",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site_id"),
    )


def profiles_and_commands() -> None:
    op.create_table(
        "installed_profile",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("ix_profile_state", "installed_profile", ["state", "station_id"], unique=False)
    op.create_index("ix_profile_station", "installed_profile", ["station_id", "entry_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notice_station", "notice", ["station_id", "id"], unique=False)
    op.create_table(
        "command",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("sent_us", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("finished_us", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
