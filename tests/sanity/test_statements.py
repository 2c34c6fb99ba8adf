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


NAMES = "|".join(sorted(TENANT_TABLES | VIEWS))
NO_ALIAS = (r"(?:where|set|on|join|left|cross|inner|using|order|group|limit|for|union|select|returning|values|window|and|"
            r"as|when|with|having|offset|fetch|intersect|except|natural|right|full)\b")
REFERENCE = re.compile(rf"(?:\bfrom|\bjoin|\bupdate|\busing|,from)\s+(?:only\s+)?(?P<table>{NAMES})\b(?!\s*[.(])"
                       rf"(?:\s+(?:as\s+)?(?!{NO_ALIAS})(?P<alias>\w+))?")
QUERY = re.compile(r"\s*(?:select|with|insert|update|delete|values)\b")


def blocks(sql):
    """The queries of a statement, each without those inside it: what a name means is decided block by block."""
    found, stack, own = [], [], [""]
    for character in sql:
        if character == "(":
            stack.append(own)
            own = [""]
        elif character == ")" and stack:
            inner, own = own[0], stack.pop()
            if QUERY.match(inner):
                found.append(inner)
                own[0] += "()"
            else:
                own[0] += f"({inner})"
        else:
            own[0] += character
    return [part for block in [*found, own[0]] for part in re.split(r"\bunion(?:\s+all)?\b", block)]


def unbound(block):
    """[(table, alias)] of the block whose tenant_id follows from no parameter, setting, or name from outside."""
    # "from a, b" is "from a" and "from b"
    block = re.sub(r"\bfrom\b.*?(?=\bwhere\b|\bgroup\b|\border\b|\breturning\b|$)", lambda m: m[0].replace(",", ",from "),
                   block, flags=re.S)
    aliases = {m["alias"] or m["table"]: m["table"] for m in REFERENCE.finditer(block)}
    edges = []
    for left, right in re.findall(r"((?:\w+\.)?\btenant_id)\s*=\s*((?:\w+\.)?tenant_id\b|\$\d+|tandem_tenant\(\))", block) + \
            re.findall(r"\(\s*(\w+\.tenant_id)\b[^()]*\)\s*=\s*\(\s*(\w+\.tenant_id|\$\d+)", block):
        sides = [side.split(".")[0] if "." in side else side for side in (left, right)]
        # without a name in front it is of the only table there is
        sides = [next(iter(aliases)) if side == "tenant_id" and len(aliases) == 1 else side for side in sides]
        edges.append(sides)
    for columns in re.findall(r"\busing\s*\(([^)]*)\)", block):
        if "tenant_id" in columns:
            edges += [[a, b] for a in aliases for b in aliases]
    bound = {side for edge in edges for side in edge if side not in aliases and side != "tenant_id"}
    while grown := {b for edge in edges for a, b in (edge, edge[::-1]) if a in bound and b in aliases} - bound:
        bound |= grown
    return [(table, alias) for alias, table in aliases.items() if alias not in bound]


def test_the_tables_are_known():
    assert {"registration", "opportunity", "claim", "event"} <= TENANT_TABLES
    assert len(STATEMENTS) > 3


@pytest.mark.parametrize("file,name,sql", STATEMENTS, ids=[s[1] for s in STATEMENTS])
def test_a_statement_names_the_tenant_of_every_table(file, name, sql):
    sql = plain(sql)
    for block in blocks(sql):
        assert not unbound(block), f"{file}: {name} reads {unbound(block)} without their tenant_id in:{block}"
    for table, columns in re.findall(r"\binsert\s+into\s+(\w+)(?:\s+as\s+\w+)?\s*\(([^)]*)\)", sql):
        if table in TENANT_TABLES:
            assert "tenant_id" in columns, f"{file}: {name} inserts into {table} without tenant_id"


@pytest.mark.parametrize("file,name,sql", STATEMENTS, ids=[s[1] for s in STATEMENTS])
def test_columns_are_named(file, name, sql):
    assert not re.search(r"(?<!lateral \()\bselect\s+\*(?!\s+from\s+jsonb_to_recordset)|\binsert\s+into\s+\w+\s+(values|select)\b", re.sub(r"\(\s+", "(", plain(sql))), \
        f"{file}: {name} takes whatever columns there are"


@pytest.mark.parametrize("file,name,sql", STATEMENTS, ids=[s[1] for s in STATEMENTS])
def test_nothing_is_deleted(file, name, sql):
    deleted = re.findall(r"\bdelete\s+from\s+(?:only\s+)?(\w+)", plain(sql))
    assert set(deleted) <= {"idempotency"}, f"{file}: {name} deletes from {deleted}"


@pytest.mark.parametrize("name", MIGRATIONS)
def test_a_migration_says_why(name):
    assert read(name).startswith("-- "), "no reason at the head"


def test_migrations_are_numbered_in_order():
    numbers = [int(re.match(r"migrations/(\d{4})_\w+\.sql$", n).group(1)) for n in MIGRATIONS]
    assert numbers == sorted(set(numbers))


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
