"""The rules are pure, measured: the symbols that the domain library lacks are its own, arithmetic of base, or str*."""

import re
import subprocess
import sys

ALLOWED = re.compile(
    r"""(arena_(alloc|copy|format|text)|choice_(name|code)|fault_\w+|field_faults?\w*
      |json_(get|first|next|name|string|integer|length) # looking into a value that was parsed
      |amount_\w+|currency_exponent|date_\w+|rate_from_decimal|instant_(format|parse)|text_\w+|uuid_parse
      |str(n?cmp|n?len|r?chr|spn|cspn)|mem(cpy|cmp|set|move)
      |__assert_fail|__\w*divti3|__\w*modti3|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_
      |__(asan|ubsan|tsan)_\w+|__gcov\w*)""",
    re.VERBOSE,
)


def symbols(library, *flags):
    lines = subprocess.run(["nm", *flags, library], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[-1] for line in lines if line and not line.endswith(":")}


library = sys.argv[1]
lacking = symbols(library, "--undefined-only") - symbols(library, "--defined-only", "--extern-only")
foreign = sorted(name for name in lacking if not ALLOWED.fullmatch(name))
if len(lacking) < 10:
    sys.exit(f"nm saw {len(lacking)} symbols: the test does not look at the library")
if foreign:
    sys.exit("the rules reach outside: " + ", ".join(foreign))
