"""Turns the contract into the JSON that /openapi.json serves:  contract_json.py openapi.yaml openapi.json

Order is kept, white space is not. A member that stands twice, a date that YAML made of an unquoted text, and a
reference that leads nowhere stop the build: each would be a hole in the contract that nobody sees.
"""
import datetime
import json
import sys

import yaml


class StrictLoader(yaml.SafeLoader):
    pass


def mapping(loader, node):
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"member {name!r} stands twice", key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)


def check(value, root, place=""):
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise SystemExit(f"{place}: the member name {key!r} is not a text")
            check(member, root, f"{place}/{key}")
        reference = value.get("$ref")
        if isinstance(reference, str):
            target = root
            for part in reference.removeprefix("#/").split("/"):
                if not isinstance(target, dict) or part not in target:
                    raise SystemExit(f"{place}: {reference} leads nowhere")
                target = target[part]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check(item, root, f"{place}/{index}")
    elif isinstance(value, (datetime.date, datetime.datetime)):
        raise SystemExit(f"{place}: {value} needs quotes")


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        contract = yaml.load(file, StrictLoader)
    check(contract, contract)
    with open(target, "w", encoding="utf-8") as file:
        json.dump(contract, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
