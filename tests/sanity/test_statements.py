"""SQL: every statement says which tenant, whatever row security would say; every migration is numbered and reasoned."""
import re

import pytest

from tree import files, read

MIGRATIONS = files(r"migrations/.*\.sql")
ALL_MIGRATIONS = "\n".join(read(n) for n in MIGRATIONS)
TENANT_TABLES = set(re.findall(r"call tenant_table\('(\w+)'", ALL_MIGRATIONS))
VIEWS = {v for v in re.findall(r"create view (\w+)", ALL_MIGRATIONS) if v != "policy_now"}  # one row: of the tenant
STATEMENTS = [(n, *m) for n in files(r"service/store/.*\.sql")
              for m in re.findall(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", read(n), re.M | re.S)]


def plain(sql):
    """Lower case, without comments and texts."""
    return re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", sql)).lower()


def references(sql):
    """(table, the name it goes by) for each tenant table or view that is read or updated."""
    names = "|".join(sorted(TENANT_TABLES | VIEWS))
    not_alias = r"(?:where|set|on|join|left|cross|inner|using|order|group|limit|for|union|select|returning|values|window|and|as|when)\b"
    for table, alias in re.findall(
            rf"(?:\bfrom|\bjoin|\bupdate|\busing)\s+(?:only\s+)?({names})\b(?!\s*[.(])(?:\s+(?:as\s+)?(?!{not_alias})(\w+))?", sql):
        yield table, alias or table


def bounds(sql, name):
    bare = r"(?<![.\w])tenant_id\s*=\s*(?:\$\d|tandem_tenant\(\)|\w+\.tenant_id)"
    return re.search(rf"\b{name}\.tenant_id\s*=|=\s*{name}\.tenant_id\b|\(\s*{name}\.tenant_id\b[^)]*\)\s*=|{bare}", sql)


def test_the_tables_are_known():
    assert {"registration", "opportunity", "claim", "event"} <= TENANT_TABLES
    assert len(STATEMENTS) > 3


@pytest.mark.parametrize("file,name,sql", STATEMENTS, ids=[s[1] for s in STATEMENTS])
def test_a_statement_names_the_tenant_of_every_table(file, name, sql):
    sql = plain(sql)
    for table, alias in references(sql):
        assert bounds(sql, alias), f"{file}: {name} reads {table} ({alias}) without its tenant_id"
    for table, columns in re.findall(r"\binsert\s+into\s+(\w+)(?:\s+as\s+\w+)?\s*\(([^)]*)\)", sql):
        if table in TENANT_TABLES:
            assert "tenant_id" in columns, f"{file}: {name} inserts into {table} without tenant_id"


@pytest.mark.parametrize("file,name,sql", STATEMENTS, ids=[s[1] for s in STATEMENTS])
def test_columns_are_named(file, name, sql):
    assert not re.search(r"\bselect\s+\*(?!\s+from\s+jsonb_to_recordset)|\binsert\s+into\s+\w+\s+(values|select)\b", plain(sql)), \
        f"{file}: {name} takes whatever columns there are"


@pytest.mark.parametrize("file,name,sql", STATEMENTS, ids=[s[1] for s in STATEMENTS])
def test_nothing_is_deleted(file, name, sql):
    deleted = re.findall(r"\bdelete\s+from\s+(?:only\s+)?(\w+)", plain(sql))
    assert set(deleted) <= {"idempotency"}, f"{file}: {name} deletes from {deleted}"


@pytest.mark.parametrize("name", MIGRATIONS)
def test_a_migration_says_why(name):
    assert read(name).startswith("-- "), "no reason at the head"


def test_migrations_are_numbered_without_a_gap():
    numbers = [int(re.match(r"migrations/(\d{4})_\w+\.sql$", n).group(1)) for n in MIGRATIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_tenant_table_is_a_tenant_table():
    for table, body in re.findall(r"create table (\w+) \((.*?)\n\);", ALL_MIGRATIONS, re.S):
        if table in ("tenant",):
            continue
        assert table in TENANT_TABLES, f"{table} has no row security"
        assert re.search(r"primary key \(tenant_id,|primary key \(tenant_id\)", body), f"{table}: tenant_id leads no key"
        for constraint in re.findall(r"unique \(([^)]*)\)|foreign key \(([^)]*)\)", body):
            assert "".join(constraint).startswith("tenant_id"), f"{table}: {constraint} without tenant_id"


def test_functions_of_the_owner_fix_their_path():
    for definition in re.findall(r"create (?:or replace )?function.*?(?:begin atomic|as \$)", ALL_MIGRATIONS, re.S):
        if "security definer" in definition:
            assert "set search_path" in definition, definition[:120]
