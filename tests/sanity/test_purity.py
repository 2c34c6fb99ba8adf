"""Purity is measured: which symbols the domain library asks for."""
import os
import re
import subprocess

from tree import BUILD

# Of the C library: memory and text, nothing that looks outside.
LIBC = {"memcmp", "memcpy", "memmove", "memset", "memchr", "strcmp", "strncmp", "strcasecmp", "strncasecmp", "strlen",
        "strnlen", "strchr", "strrchr", "strstr", "strspn", "strcspn", "strpbrk", "qsort", "bsearch", "snprintf",
        "__snprintf_chk", "__memcpy_chk", "__memset_chk", "__strcpy_chk", "strtol", "strtoll", "__assert_fail",
        "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_", "__tls_get_addr",
        "__divti3", "__modti3", "__udivti3", "__umodti3", "__muloti4"}  # of the compiler: 128-bit arithmetic
# Of base: whatever asks the clock, makes ids, keeps secrets, counts, or writes.
IMPURE = re.compile(r"^(log_|metrics?_|random_|uuid_(make|new|v7|generate)|clock_|instant_now|monotonic|arena_(create|destroy))")


def symbols(archive, *flags):
    listed = subprocess.run(["nm", *flags, archive], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in listed.splitlines() if line.strip() and not line.endswith(":")}


def library(name):
    path = os.path.join(BUILD, "service", name, f"lib{name}.a")
    assert os.path.exists(path), f"{path} is missing: build first, or set BUILD"
    return path


def is_instrumentation(symbol):
    return re.match(r"__(asan|ubsan|lsan|tsan|gcov|sanitizer)_", symbol)


def test_the_domain_asks_nobody_but_base_and_plain_memory():
    asked = symbols(library("domain"), "--undefined-only") - symbols(library("domain"), "--defined-only")
    base = symbols(library("base"), "--defined-only", "--extern-only")
    foreign = {s for s in asked if s not in base and s not in LIBC and not is_instrumentation(s)}
    assert not foreign, f"the domain library asks for {sorted(foreign)}"
    impure = {s for s in asked & base if IMPURE.match(s)}
    assert not impure, f"the domain library asks base for {sorted(impure)}: it comes in as an argument"
    assert asked & base, "nm shows nothing: the check looks at the wrong library"


def test_base_opens_no_connection_and_no_process():
    asked = symbols(library("base"), "--undefined-only")
    assert not asked & {"socket", "connect", "fork", "execve", "system", "popen", "listen"}, asked


def test_the_domain_has_no_state():
    """Writable data in a pure library would be memory of what was asked before."""
    listed = subprocess.run(["objdump", "-t", library("domain")], capture_output=True, text=True, check=True).stdout
    objects = re.findall(r"^\S+ \S*\s+O (\S+)\s+\S+\s+(?:\.hidden )?(\S+)$", listed, re.M)
    assert objects, "objdump shows nothing: the check looks at the wrong library"
    # tables of pointers stand in .data.rel.ro: written once by the loader, read-only ever after
    writable = {name for section, name in objects if section in (".data", ".bss", "*COM*", ".tdata", ".tbss")
                and not re.match(r"__(asan|odr_asan|ubsan)|\.L", name)}
    assert not writable, sorted(writable)
