"""Reads story.toml for one day: who the people are, and for each deal its steps as (days from today, words)."""
import calendar
import datetime
import hashlib
import pathlib
import re
import tomllib

STAGES = ["registered", "qualified", "validating", "negotiating", "closed"]
REASONS = ["price", "competitor", "no_budget", "no_decision", "timing", "product_fit"]
BEGINNINGS = ["Ald", "Bran", "Cor", "Dal", "Ems", "Fal", "Gar", "Hol", "Ing", "Jor", "Kel", "Lan", "Mor", "Nor", "Oak",
              "Pem", "Ros", "Stan", "Tor", "Ul", "Ven", "West", "Yar", "Zel"]
ENDINGS = ["mere", "holt", "vane", "wick", "sten", "lund", "gate", "ford", "burn", "dale", "croft", "minster"]
TRADES = ["Foods", "Rail", "Labs", "Bank", "Steel", "Energy", "Paper", "Ferries", "Clinics", "Tools",
          "Insurance", "Glass", "Motors", "Water", "Pumps", "Grain", "Books", "Optics", "Timber", "Cement", "Shoes",
          "Chemicals", "Hotels", "Media", "Farms", "Freight", "Games", "Lifts", "Salt", "Wool"]
NEEDS = ["One plan for all plants", "Orders seen by every depot", "Fewer empty runs", "Forecasts shared with suppliers",
         "Maintenance before the fault", "Stock counted once", "Claims settled in a day", "Shifts that fit the demand"]


class Calendar:
    """Days and dates from today. Fiscal quarters of a year that starts in January."""

    def __init__(self, today):
        self.today = today
        self.first, self.last = self.quarter(0)

    def quarter(self, shift):
        """(first day, last day) of the quarter so many after this one."""
        index = self.today.year * 4 + (self.today.month - 1) // 3 + shift
        year, month = index // 4, index % 4 * 3 + 1
        return (datetime.date(year, month, 1),
                datetime.date(year, month + 2, calendar.monthrange(year, month + 2)[1]))

    def period(self, shift=0):
        first = self.quarter(shift)[0]
        return f"{first.year}-Q{(first.month + 2) // 3}"

    def date(self, word):
        """The words of story.toml's head."""
        days = datetime.timedelta
        if found := re.fullmatch(r"end([+-]\d+)?(?::([+-]\d+))?", word):
            return self.quarter(int(found[1] or 0))[1] + days(int(found[2] or 0))
        if word.startswith("by"):
            return min(self.last, self.today + days(int(word[2:])))
        if word.startswith("in"):
            return max(self.first, self.today + days(int(word[2:])))
        return self.today + days(int(word))

    def offset(self, date):
        return (date - self.today).days


class Draw:
    """What is drawn: SHA-256 of seed, key and word as a fraction, so that each value stands for itself."""

    def __init__(self, seed):
        self.seed = seed

    def fraction(self, key, word):
        digest = hashlib.sha256(f"{self.seed}/{key}/{word}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def whole(self, key, word, low, high):
        return low + int(self.fraction(key, word) * (high - low + 1))

    def one(self, key, word, choices):
        return choices[int(self.fraction(key, word) * len(choices))]

    def amount(self, key, low, high):
        """Many small ones and a few large: the square of the fraction, in full thousands."""
        return (low + int((high - low) * self.fraction(key, "amount") ** 2)) // 1000 * 1000


class Story:
    """Everything that is going to happen, told from `today`."""

    def __init__(self, today, quarters=5):
        text = (pathlib.Path(__file__).parent / "story.toml").read_text(encoding="utf-8")
        told = tomllib.loads(text)
        self.calendar, self.draw = Calendar(today), Draw(told["seed"])
        self.people, self.partners = told["people"], told["partners"]
        self.targets = [(self.calendar.period(int(shift)), name, amount)
                        for name, by_quarter in told["targets"].items() for shift, amount in by_quarter.items()]
        self.rates = [(currency, today + datetime.timedelta(days=int(day)), rate)
                      for currency, by_day in told["rates"].items() for day, rate in by_day.items()]
        self.customers = 0
        self.deals = [self.deal(**one) for one in told["deal"]]
        for group in told["direct"]:
            self.deals += [self.direct(**group) for _ in range(group["count"])]
        for group in told["past"]:
            self.deals += self.past(quarters, **group)

    def people_of(self, role, partner=None):
        return [key for key, one in self.people.items() if one["role"] == role and one.get("partner") == partner]

    def deal(self, customer, need, steps, partner=None, rep=None, ae=None, amount=None, currency="USD"):
        key = re.sub(r"[^a-z]+", "-", customer.lower())
        rep = rep or (partner and self.draw.one(key, "rep", self.people_of("partner_rep", partner)))
        return {"key": key, "customer": customer, "domain": f"{key}.example", "need": need, "partner": partner,
                "rep": rep, "ae": ae or self.draw.one(key, "ae", self.people_of("ae")),
                "amount": amount and {"amount_minor": amount * 100, "currency": currency},
                "steps": self.dated(steps)}

    def dated(self, steps):
        """[(days from today, what, rest)]; each not before the one above, none after today."""
        found, least = [], -10000
        for line in steps.strip().splitlines():
            day, what, *rest = line.split(" ", 2)
            least = min(0, max(least, self.calendar.offset(self.calendar.date(day))))
            found.append((least, what, rest[0] if rest else ""))
        return found

    def drawn_customer(self):
        """A name of its own: two names never share more than one of beginning, ending and trade."""
        number, self.customers = self.customers, self.customers + 1
        beginning, ending = number % len(BEGINNINGS), number // len(BEGINNINGS)
        trade = (beginning + 7 * ending) % len(TRADES)
        return f"{BEGINNINGS[beginning]}{ENDINGS[ending]} {TRADES[trade]}"

    def direct(self, between, steps, **_):
        customer = self.drawn_customer()
        return self.deal(customer, self.draw.one(customer, "need", NEEDS), steps,
                         amount=self.draw.amount(customer, *between))

    def past(self, quarters, won, lost, between, partner=None, **named):
        """One deal for each that is counted; the newest `quarters` of them are played."""
        found = []
        for shift, counts in enumerate(zip(won, lost), start=-len(won)):
            for outcome, count in zip(("won", "lost"), counts):
                for _ in range(count):
                    customer = self.drawn_customer()
                    if shift >= -quarters:
                        found.append(self.deal(
                            customer, self.draw.one(customer, "need", NEEDS),
                            self.past_steps(customer, shift, outcome, named["class"]), partner,
                            amount=self.draw.amount(customer, *between)))
        return found

    def past_steps(self, key, shift, outcome, report_class):
        first, last = self.calendar.quarter(shift)
        end = self.calendar.offset(first) + self.draw.whole(key, "closed", 3, (last - first).days)
        length = self.draw.whole(key, "length", 50, 110)
        start = end - length
        reason = self.draw.one(key, "reason", REASONS)
        if report_class == "direct":
            return f"{start} crm {end} pipeline validation\n{end} outcome {outcome} " \
                   f"{reason if outcome == 'lost' else ''}".rstrip()
        steps = [f"{start} register {end}", f"{start + 1} approve"] if report_class == "sourced" else \
            [f"{start} opens {end} pipeline validation", f"{start + 1} claim introduction"]
        steps += [f"{start + 3} sign ae", f"{start + 4} sign manager"]
        reached = 4 if outcome == "won" else self.draw.whole(key, "reached", 1, 3)
        steps += [f"{start + 5 + (number - 1) * (length - 8) // 3} advance {STAGES[number - 1]}"
                  for number in range(2, reached + 1)]
        return "\n".join([*steps, f"{end} win" if outcome == "won" else f"{end} lose {reason}"])
