#!/usr/bin/python3
"""The CRM's export as four CSV files -> one NDJSON line (ImportRow of the contract) per opportunity, dirt and all.

    map_crm.py DIRECTORY >deals.ndjson      # what was mended, and how often, goes to standard error

What is decided here, because the export does not say it:
- A product that is no product (`GTXPro`) is the one product that reads the same without spaces (`GTX Pro`).
- product_family is the product's series. A registration protects one family of an account; in one family for all
  seven products any deal at an account would stand in the way of a registration for any other product.
- An open deal without a value has its product's list price; a lost one keeps its 0. Without a close date it stays
  undated, without an engage date it has no created_at (the importer takes the time of the first import), without an
  account it has no account.
- Engage dates are days: created_at is their first instant in UTC.
- An account's country is that of its office; other columns of accounts and teams have no place in an ImportRow.
What is neither mended nor known (another product, stage, account, country) ends the run: it is not guessed.
"""
import collections
import csv
import json
import os
import re
import sys

CURRENCY, MINOR_UNITS = "USD", 100
STAGES = {"Prospecting": ("open", "discovery"), "Engaging": ("open", "validation"),
          "Won": ("won", None), "Lost": ("lost", None)}
COUNTRIES = {"Belgium": "BE", "Brazil": "BR", "China": "CN", "Germany": "DE", "Italy": "IT", "Japan": "JP",
             "Jordan": "JO", "Kenya": "KE", "Korea": "KR", "Norway": "NO", "Panama": "PA", "Philippines": "PH",
             "Poland": "PL", "Romania": "RO", "United States": "US"}
MISSPELT = {"Philipines": "Philippines"}


def table(directory, name):
    """Rows of a file whose lines may end in CR LF, with every value trimmed."""
    with open(os.path.join(directory, name), encoding="utf-8-sig", newline="") as file:
        return [{column: value.strip() for column, value in row.items()} for row in csv.DictReader(file)]


def minor(whole):
    if not re.fullmatch(r"\d+", whole):
        raise ValueError(f"not a whole amount: {whole}")
    return int(whole) * MINOR_UNITS


class Mapper:
    def __init__(self, directory):
        self.mended = collections.Counter()
        self.products = {row["product"]: row for row in table(directory, "products.csv")}
        self.without_spaces = {name.replace(" ", ""): name for name in self.products}
        if len(self.without_spaces) != len(self.products):
            raise ValueError("two products differ only in spaces")
        self.accounts = {row["account"]: self.account(row) for row in table(directory, "accounts.csv")}
        self.pipeline = table(directory, "sales_pipeline.csv")

    def account(self, row):
        office = row["office_location"]
        if office in MISSPELT:
            self.mended[f"account {row['account']}: office {office} read as {MISSPELT[office]}"] += 1
            office = MISSPELT[office]
        return {"name": row["account"], "country": COUNTRIES[office]}

    def product(self, name):
        if name in self.products:
            return self.products[name]
        known = self.without_spaces[name.replace(" ", "")]
        self.mended[f"product {name} read as {known}"] += 1
        return self.products[known]

    def amount(self, row, product):
        value = row["close_value"]
        if not value and STAGES[row["deal_stage"]][0] == "open":
            self.mended["open, without a value: the product's list price"] += 1
            value = product["sales_price"]
        return {"amount_minor": minor(value), "currency": CURRENCY}

    def deal(self, row):
        product = self.product(row["product"])
        status, crm_stage = STAGES[row["deal_stage"]]
        closed = status != "open"
        deal = {
            "external_id": row["opportunity_id"],
            "name": f"{row['account'] or 'No account'}: {product['product']}",
            "account": self.accounts[row["account"]] if row["account"] else None,
            "product_family": product["series"],
            "owner": {"name": row["sales_agent"]},
            "amount": self.amount(row, product),
            "close_date": row["close_date"],
            "created_at": f"{row['engage_date']}T00:00:00Z" if row["engage_date"] else None,
            "crm_stage": crm_stage,
            "status": status,
            "closed_on": row["close_date"] if closed else None,
        }
        for member, dirt in (("account", "without an account: none"), ("close_date", "without a close date: undated"),
                             ("created_at", "without an engage date: created at the first import")):
            if not deal[member]:
                self.mended[f"{status}, {dirt}"] += 1
        return {member: value for member, value in deal.items() if value}

    def deals(self):
        return map(self.deal, self.pipeline)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: map_crm.py DIRECTORY")
    mapper = Mapper(sys.argv[1])
    for deal in mapper.deals():
        print(json.dumps(deal, ensure_ascii=False))
    print(f"{len(mapper.pipeline)} opportunities", file=sys.stderr)
    for what, count in sorted(mapper.mended.items()):
        print(f"{count:6} {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
