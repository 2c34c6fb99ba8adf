"""The build's tools: what they make of good input, and where they point in bad input."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

STATEMENTS, EMBED = (pathlib.Path(tool).resolve() for tool in sys.argv[1:3])


class Tool(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def enterContext(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def write(self, name, text):
        (self.folder / name).write_bytes(text.encode())
        return name

    def run_tool(self, tool, *names):
        return subprocess.run([tool, "out.c", "out.h", "sql", *names], cwd=self.folder, capture_output=True, text=True)

    def made(self, text):
        result = self.run_tool(STATEMENTS, self.write("deal.sql", text))
        self.assertEqual(result.stderr, "")
        return (self.folder / "out.h").read_text(), (self.folder / "out.c").read_text()

    def refused(self, text, message):
        result = self.run_tool(STATEMENTS, self.write("deal.sql", text))
        self.assertEqual((result.returncode, result.stderr), (1, message + "\n"))


class Statements(Tool):
    def test_names_become_an_enum_and_texts_a_table(self):
        header, source = self.made("-- about deals\n\n-- name: deal_by_id\n-- of a tenant\nselect 1\n where $1 = $2;\n"
                                   "-- name: deal_all\nselect 2;\n")
        self.assertLess(header.index("SQL_deal_by_id,"), header.index("SQL_deal_all,"))
        self.assertLess(header.index("SQL_deal_all,"), header.index("SQL_COUNT"))
        self.assertIn('"select 1\\n"\n    " where $1 = $2",\n     2, "deal.sql:3"', source)
        self.assertNotIn("of a tenant", source)

    def test_quotes_and_comments_hide_semicolons_and_parameters(self):
        _, source = self.made("-- name: a\nselect ';$8' || \"x;$9\" || E'\\';$7' || $t$ ; $5 $t$ -- ; $6\n"
                              "  /* ; /* $4 */ ; */ || $1 || 'it''s';\n-- name: b\nselect 1;")
        self.assertIn('1, "deal.sql:1"', source)
        self.assertIn('0, "deal.sql:4"', source)

    def test_a_list_of_columns_is_taken_by_name(self):
        header, source = self.made("-- columns: deal\nid, version;\n-- name: a\nselect :deal, x::text from d;\n")
        self.assertIn('"select id, version, x::text from d"', source)
        self.assertNotIn("SQL_deal", header)
        self.refused("-- name: a\nselect :deal from d;", "deal.sql:2: there is no `-- columns: deal` before this")

    def test_a_late_one_says_so_in_its_first_line(self):
        _, source = self.made("-- name: a\n-- late\n-- why\nselect 1;\n-- name: b\n-- why\n-- late\nselect 2;\n")
        self.assertIn('0, "deal.sql:1", 1}', source)
        self.assertIn('0, "deal.sql:5", 0}', source)

    def test_mistakes_are_shown_at_their_line(self):
        self.refused("select 1;", "deal.sql:1: expected `-- name: some_statement`")
        self.refused("-- name: a\nselect 1;\n\nselect 2;", "deal.sql:4: expected `-- name: some_statement`")
        self.refused("-- name: a\nselect 1", "deal.sql:1: a has no final semicolon")
        self.refused("-- name: a\nselect 1\n-- name: b\nselect 2;", "deal.sql:3: a has no final semicolon before this")
        self.refused("-- name: a\nselect 1;\n-- name: a\nselect 2;", "deal.sql:3: a stands in deal.sql:1 already")
        self.refused("-- name: Deal\nselect 1;",
                     "deal.sql:1: a statement's name is one lower-case word of at most 63 characters")
        self.refused("-- name: two words\nselect 1;",
                     "deal.sql:1: a statement's name is one lower-case word of at most 63 characters")
        self.refused("-- name: a\nselect $1, $3;", "deal.sql:1: a does not use parameter $2")
        self.refused("-- name: a\nselect\n'x;", "deal.sql:3: this quote is never closed")
        self.refused("-- name: a\n/* x;", "deal.sql:2: this comment is never closed")
        self.refused("-- name: a\nselect $$ x;", "deal.sql:2: this dollar quote is never closed")

    def test_a_name_in_two_files_is_refused(self):
        first, second = self.write("a.sql", "-- name: x\nselect 1;"), self.write("b.sql", "\n-- name: x\nselect 1;")
        result = self.run_tool(STATEMENTS, first, second)
        self.assertEqual(result.stderr, "b.sql:2: x stands in a.sql:1 already\n")


class Embed(Tool):
    def test_bytes_come_back_from_the_compiler(self):
        every_byte = bytes(range(256)) * 2 + b"??/ 1\n"
        (self.folder / "0002_b.bin").write_bytes(every_byte)
        self.write("0001_a.txt", "")
        result = self.run_tool(EMBED, "0002_b.bin", "0001_a.txt")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.write("main.c", '#include <stdio.h>\n#include "out.h"\nint main(void) {'
                             ' fwrite(sql[1].bytes, 1, sql[1].size + 1, stdout);'
                             ' return !(sql_count == 2 && sql[0].size == 0 && sql[0].name[3] == \'1\' &&'
                             ' sql[0].hash == 0xcbf29ce484222325 && sql[1].hash != sql[0].hash); }\n')
        include = pathlib.Path(__file__).resolve().parents[2] / "include"
        subprocess.run(["cc", "-I", include, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-std=c17",
                        "main.c", "out.c", "-o", "main"], cwd=self.folder, check=True)
        result = subprocess.run([self.folder / "main"], capture_output=True, check=True)
        self.assertEqual(result.stdout, every_byte + b"\0")

    def test_two_files_of_one_name_are_refused(self):
        (self.folder / "other").mkdir()
        result = self.run_tool(EMBED, self.write("a.sql", ""), self.write("other/a.sql", ""))
        self.assertEqual(result.returncode, 1)
        self.assertIn("another file has the same name", result.stderr)


unittest.main(argv=sys.argv[:1])
