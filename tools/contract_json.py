"""openapi.yaml -> the compact JSON that the binary serves at /openapi.json. Run by the build."""
import json
import sys

import yaml

source, target = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    contract = yaml.load(file, Loader=yaml.SafeLoader)
with open(target, "w", encoding="utf-8") as file:
    json.dump(contract, file, ensure_ascii=False, separators=(",", ":"), default=str)
