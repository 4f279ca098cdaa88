"""Projects with their own prompts and rules, and components that a design document made."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "components",
        sa.Column(
            "origin",
            sa.Text(),
            sa.CheckConstraint("origin = 'declared' OR origin = 'designed'", name=op.f("ck_components_origin")),
            server_default=sa.text("'declared'"),
            nullable=False,
        ),
    )
    op.create_table(
        "project_texts",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_texts_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "path", name=op.f("pk_project_texts")),
    )
