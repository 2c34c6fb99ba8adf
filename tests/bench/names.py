"""Names of companies that could be, and names with one slip in them: the same ones for the same seed."""
import random

ENDINGS = ["GmbH", "AG", "Ltd", "Limited", "Inc.", "Inc", "LLC", "S.A.", "SARL", "S.p.A.", "B.V.", "Oy", "AB", "KG", "PLC", "Co."]
FAMILIES = """Abbott Adler Ahlberg Aldridge Almeida Alvarez Andrade Archer Ashworth Baumann Becker Bellini Bergström Bianchi Blackwood
    Bouchard Brandt Brennan Caldwell Calloway Carvalho Castellano Chambers Colombo Dahlgren Delacroix Dietrich Donovan Duarte
    Eriksen Fairbanks Falk Ferrari Fischer Fleming Fontaine Forsberg Gallagher Garnier Gilchrist Greco Gustafsson Hagen Haas
    Hartmann Hawthorne Heller Henriksen Hoffmann Holmgren Iversen Jansen Jovanović Kaminski Keller Kowalski Kramer Krüger Lambert
    Langley Larsson Laurent Lefebvre Lindqvist Lombardi Lundgren Maas Marchetti Martel Mathieu Mercier Meyer Montgomery Moreau
    Morgenstern Müller Navarro Neumann Nielsen Novak Nowak Okafor Oliveira Osborne Ostermann Pacheco Palmer Pereira Petersen
    Pfeiffer Pichler Quintana Ramsey Reinhardt Ricci Ritter Romano Rosenberg Rousseau Salazar Schneider Schröder Sørensen
    Sheffield Silva Sinclair Stein Svensson Tanaka Thatcher Thornton Vandenberg Vasquez Vogel Wagner Wallace Weber Whitaker
    Winkler Yamamoto Zimmermann Zoltán""".split()
TRADES = """Logistics Logistik Foods Steel Motors Pharma Energy Robotics Software Systems Textiles Chemicals Insurance Brewery
    Bakery Shipping Airways Optics Plastics Packaging Printing Furniture Electronics Instruments Machinery Werkzeuge Bau
    Maschinenbau Elektrotechnik Consulting Engineering Holding Group Partners Media Networks Dairy Timber Mining Marine
    Aerospace Biotech Diagnostics Ceramics Glass Paper Trading Capital Solar Hydraulics Analytics Cosmetics Clinics Labs""".split()
PLACES = """Nordic Baltic Alpine Atlantic Pacific Bavarian Iberian Rhine Danube Hudson Cascade Highland Lakeside Riverside Northern
    Southern Eastern Western Central Global United Royal First Pioneer Summit Harbour Sterling Golden Silver Blue Green
    Crystal Granite Phoenix Orion Vertex Zenith Apex Delta Omega Quantum Stellar Vanguard""".split()
STARTS = """ab ac ad al am an ar as av ba be bo bra bri ca ce ci co cor da de di do dra du el em en er es fa fe fi fo ga ge go gra
    ha he hi ho in is ja jo ka ke ki ko la le li lo lu ma me mi mo na ne ni no nu ob on or os pa pe pi po pra pro qua ra re ri ro
    sa se si so sta su ta te ti to tra tri ul un ur va ve vi vo wa we wi xe ya yo za ze zi zo""".split()
TAILS = """bex bra cor da den don dex dia dor fin fix gen go gra ka ko lab lan lex lia lin lo lux ma max mec med mo na net nia nix
    nor on pac pex pia plex por ra ria rix ro ron sa sol son sta ta tec tek ter tia tix ton tor tra tron va ven via vex vo xa
    xis za zen zia zo""".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def company(chance):
    """One name, with or without a legal form: families, places and trades, coined words short and long, initials."""
    coined = "".join([chance.choice(STARTS)] + chance.choices(TAILS, k=chance.choice([1, 1, 2, 2, 3]))).title()
    kind = chance.random()
    if kind < .15:
        name = coined
    elif kind < .35:
        name = f"{coined} {chance.choice(TRADES)}"
    elif kind < .50:
        name = f"{chance.choice(FAMILIES)} {chance.choice(TRADES)}"
    elif kind < .60:
        name = f"{chance.choice(FAMILIES)} & {chance.choice(FAMILIES)}"
    elif kind < .75:
        name = f"{chance.choice(PLACES)} {coined} {chance.choice(TRADES)}"
    elif kind < .90:
        name = f"{chance.choice(FAMILIES)} {coined} {chance.choice(TRADES)}"
    else:
        name = f"{''.join(chance.choices(LETTERS, k=chance.choice([3, 4, 4]))).upper()} {chance.choice(TRADES)}"
    return f"{name} {chance.choice(ENDINGS)}" if chance.random() < .6 else name


def key(name):
    """As the service keys these names: small letters, words, no legal form at the end."""
    words = "".join(c if c.isalnum() else " " for c in name.replace(".", "").lower()).split()
    endings = {e.replace(".", "").lower() for e in ENDINGS}
    while len(words) > 1 and words[-1] in endings:
        words.pop()
    return " ".join(words)


def companies(seed, count):
    """So many names, no two with one key."""
    chance, found = random.Random(seed), {}
    while len(found) < count:
        name = company(chance)
        found.setdefault(key(name), name)
    return list(found.values())


def mistyped(chance, name):
    """(what slipped, the name with one slip in a letter of its own part): changed, left out, added or swapped."""
    words = name.split()
    own = len(name) if words[-1] not in ENDINGS else len(name) - len(words[-1]) - 1
    while True:
        slip, at = chance.choice(["changed", "left out", "added", "swapped"]), chance.randrange(own)
        letter = chance.choice(LETTERS)
        if slip == "changed":
            typed = name[:at] + letter + name[at + 1:]
        elif slip == "left out":
            typed = name[:at] + name[at + 1:]
        elif slip == "added":
            typed = name[:at] + letter + name[at:]
        else:
            typed = name[:at] + name[at:at + 2][::-1] + name[at + 2:] if at + 1 < own else name
        if name[at].isalpha() and key(typed) != key(name):
            return slip, typed


def one_slip(a, b):
    """Whether one slip makes one key the other, by the plain table of distances: the service does it in another way."""
    if a == b or min(len(a), len(b)) < 4 or abs(len(a) - len(b)) > 1:
        return False
    before, row = [], list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, above, row = row, before, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, above[j - 2] + 1)
            row.append(best)
    return row[-1] == 1
