"""The kinds of events that the service writes and publishes, as they stand in its statements."""
import glob
import os
import re

from .contract import ROOT


def published_kinds():
    texts = ""
    for pattern in ("service/store/*.sql", "service/store/*.c", "service/api/*.c", "migrations/*.sql"):
        for name in glob.glob(os.path.join(ROOT, pattern)):
            with open(name, encoding="utf-8") as file:
                texts += re.sub(r"--[^\n]*", "", file.read())
    return set(re.findall(r"""['"]((?:registration|opportunity|claim|evidence)\.(?!h['"])[a-z_]+)['"]""", texts))
