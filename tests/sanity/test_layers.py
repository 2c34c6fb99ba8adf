"""Who may include whom: main -> jobs -> api -> http, store -> domain -> base, downward only."""
import os
import re
import subprocess

import pytest

from tree import BUILD, LAYERS, ROOT, files, layer, read

BELOW = {
    "base": {"base"},
    "domain": {"domain", "base"},
    "store": {"store", "domain", "base"},
    "http": {"http", "domain", "base"},
    "api": {"api", "http", "store", "domain", "base"},
    "jobs": {"jobs", "api", "http", "store", "domain", "base"},
    "main": {"jobs", "api", "http", "store", "domain", "base"},
}
# Foreign headers that one layer alone may see.
ONLY_IN = {"libpq-fe.h": "store", "microhttpd.h": "http", "jwt.h": "http"}
# Made by the build in the folder of the layer that owns them; statements.h is named by public headers of the store.
MADE = {"statements.h"}
SOURCES = files(r"(service|include)/.*\.[ch]")


def includes(name):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', read(name), re.M)


@pytest.mark.parametrize("name", SOURCES)
def test_includes_go_downward(name):
    own = layer(name)
    assert own in BELOW, f"{name} is in no layer"
    for _, header in includes(name):
        match = re.match(r"tandem/(\w+)/", header)
        if match:
            assert match.group(1) in BELOW[own], f"{own} includes {header}"


@pytest.mark.parametrize("name", SOURCES)
def test_headers_of_a_layer_s_inside_stay_inside(name):
    for kind, header in includes(name):
        if kind == '"' and not header.startswith("tandem/") and not header.endswith(".def"):
            beside = os.path.join(ROOT, os.path.dirname(name), header)
            made = os.path.join(BUILD, os.path.dirname(name), header)
            assert header in MADE or os.path.exists(beside) or os.path.exists(made), f'"{header}" is not of this layer'


@pytest.mark.parametrize("name", SOURCES)
def test_libraries_are_seen_where_they_belong(name):
    for _, header in includes(name):
        if header in ONLY_IN:
            assert layer(name) == ONLY_IN[header], f"{header} belongs to {ONLY_IN[header]}"
            assert name.startswith("service/"), f"{header} in a public header"
        if layer(name) == "domain":
            assert "/" not in header or header.startswith("tandem/"), f"{header}: the domain is pure"


def test_cjson_is_seen_in_one_file_only():
    seen = [n for n in SOURCES if any("cJSON.h" in header for _, header in includes(n))]
    assert len(seen) == 1, seen


@pytest.mark.parametrize("name", files(r"include/.*\.h"))
def test_no_libpq_type_in_a_public_header(name):
    assert not re.search(r"\bPG(conn|result)\b|\bOid\b|\bMHD_\w+|\bjwt_t\b|\bcJSON\b(?! )", without_comments(read(name)))


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


@pytest.mark.parametrize("name", files(r"include/tandem/.*\.h"))
def test_include_guards_are_named_after_the_file(name):
    guard = re.sub(r"\W", "_", name.removeprefix("include/")).upper()
    assert re.search(rf"^#ifndef {guard}\n#define {guard}$", read(name), re.M), guard


def test_every_public_header_stands_alone():
    folders = [f"-I{ROOT}/include"] + sorted({f"-I{BUILD}/service/{layer}" for layer in (*LAYERS, "")})
    for name in files(r"include/tandem/.*\.h"):
        made = subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Werror", "-x", "c",
                               *folders, "-"], input=f'#include "{name.removeprefix("include/")}"\n',
                              text=True, capture_output=True)
        assert made.returncode == 0, f"{name}\n{made.stderr}"
