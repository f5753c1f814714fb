"""Redshift's SQL where it is not PostgreSQL's: rewritten, refused, or carried out by the proxy itself."""

import re

from tests.redshift.rig.wire import Refusal

CATALOG = """
create schema if not exists rs;
create or replace function getdate() returns timestamp language sql as 'select now()::timestamp';
create or replace function pg_last_copy_count() returns bigint language sql
  as $$select nullif(current_setting('rs.copied', true), '')::bigint$$;
create sequence if not exists rs.queries;
create or replace function pg_last_copy_id() returns integer language sql
  as $$select coalesce(nullif(current_setting('rs.copy_id', true), '')::integer, -1)$$;
do $$ begin create domain super as jsonb; exception when duplicate_object then null; end $$;
create table if not exists stl_load_errors (
  userid int, slice int, tbl int, starttime timestamp default clock_timestamp(), session int, query int,
  filename text, line_number bigint, colname text, type text, col_length text, position int, raw_line text,
  raw_field_value text, err_code int, err_reason text);
create or replace view sys_load_error_detail as select
  userid user_id, query query_id, session session_id, tbl table_id, starttime start_time, filename file_name,
  line_number, colname column_name, type column_type, col_length column_length, position,
  err_code error_code, err_reason error_message from stl_load_errors
"""
"""What Redshift has beside PostgreSQL's catalog, as far as it is asked for."""

_CLAUSES = (
    (r"\bdiststyle\s+(even|all|key|auto)", ""),
    (r"\b(compound\s+|interleaved\s+)?sortkey\s*(\([^)]*\)|auto)?", ""),
    (r"\bdistkey\s*(\([^)]*\))?", ""),
    (r"\bencode\s+\w+", ""),
    (r"\bbackup\s+(yes|no)", ""),
    # Informational in Redshift, never enforced.
    (r",?\s*(constraint\s+\w+\s+)?\b(primary\s+key|unique)\b\s*(\([^)]*\))?", ""),
    (r"(\bforeign\s+key\s*\([^)]*\)\s*)?\breferences\s+[\w.]+\s*(\([^)]*\))?", ""),
    (r"\bidentity\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)", r"generated always as identity (start \1 increment \2)"),
    (r"\b(varchar|character\s+varying)\s*\(\s*max\s*\)", "varchar(65535)"),
    (r"\b(varchar|character\s+varying|nvarchar|text)\b(?!\s*\()", "varchar(256)"),
    (r"\bvarbyte\b\s*(\(\s*\d+\s*\))?", "bytea"),
)
_SETTINGS = re.compile(
    r"^set\s+(session\s+)?(query_group|wlm_query_slot_count|enable_\w+_for_session"
    r"|enable_case_sensitive_identifier|analyze_threshold_percent|json_serialization_enable)\b",
    re.IGNORECASE,
)
_POSTGRES_ONLY = re.compile(
    r"\bon\s+conflict\b|\breturning\b|^savepoint\b|\bfor\s+(update|share)\b|\bdistinct\s+on\b"
    r"|^create\s+(unique\s+)?index\b|\bpg_(try_)?advisory|\b(big|small)?serial\b|\blateral\b|\bnowait\b"
    r"|\bskip\s+locked\b|^with\b.*\)\s*(insert|update|delete)\b|\bunlogged\b|\bon\s+commit\b|^copy\b.*\bstdin\b",
    re.IGNORECASE | re.DOTALL,
)
_ISOLATION = r"(?i)\bisolation\s+level\s+(serializable|snapshot|repeatable\s+read|read\s+(un)?committed)"
_CREATE = re.compile(r"(?is)^(create\s+((local\s+)?temp\w*\s+)?table|alter\s+table\b.*\badd\s+column)\b")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")

LOCAL = re.compile(
    r"^(copy\s.*\sfrom\s+'s3://|unload\s*\(|truncate\b|alter\s+table\s+\S+\s+append\b"
    r"|merge\b.*\bremove\s+duplicates$)",
    re.IGNORECASE | re.DOTALL,
)
"""Statements that the proxy carries out itself."""


def plain(sql: str) -> str:
    """A statement without comments in front and the semicolon at its end."""
    return re.sub(r"(?s)^(\s|--[^\n]*\n|/\*.*?\*/)+", "", sql).rstrip("; \n\t")


def rewrite(sql: str) -> str:
    """The statement as PostgreSQL takes it. Raises `Refusal` for what Redshift has not."""
    bare = _QUOTED.sub(lambda found: found[0][0] * 2, sql)
    if found := _POSTGRES_ONLY.search(bare):
        raise Refusal("42601", f'syntax error at or near "{found[0]}" (PostgreSQL has it, Redshift has not)')
    if _CREATE.match(sql) and not re.search(r"(?i)\bas\s*\(?\s*(select|with)\b", bare):
        return _outside_names(sql)
    if re.match(r"(?i)^(begin|start\s+transaction)\b", sql):
        return re.sub(_ISOLATION, "", sql)
    if re.match(r"(?i)^merge\b", sql):
        _check_merge(bare)
    return _SETTINGS.sub(r"set rs.\2", sql)


def _outside_names(sql: str) -> str:
    """The clauses of a CREATE TABLE taken out or renamed; quoted names stay as they are."""
    kept: list[str] = []

    def hide(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f'"\x01{len(kept) - 1}\x01"'

    hidden = _QUOTED.sub(hide, sql)
    for pattern, new in _CLAUSES:
        hidden = re.sub(f"(?i){pattern}", new, hidden)
    return re.sub('"\x01(\\d+)\x01"', lambda found: kept[int(found[1])], hidden)


def _check_merge(bare: str) -> None:
    arms = [len(re.findall(rf"(?i)\bwhen\s+{kind}\s+(\w+)", bare)) for kind in ("matched", r"not\s+matched")]
    unknown = r"(?i)\bmatched\s+(and|by)\b|\bdo\s+nothing\b|^merge\s+into\s+[\w.\"]+\s+(?!using\b)"
    if arms != [1, 1] or re.search(unknown, bare):
        raise Refusal(
            "42601",
            "syntax error in MERGE: one WHEN MATCHED and one WHEN NOT MATCHED, no AND, no target alias",
        )
