"""README's tour as a session of a shell: its commands, and what they are said to print."""
import os
import re
import subprocess

MARK = "-- end of output --"


def steps(readme):
    """[(command, expected output lines)] of every console block, in order."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", readme, re.S):
        for line in block.splitlines():
            continued = found and found[-1][0].endswith("\\") or found and found[-1][2]
            if line.startswith("$ "):
                found.append([line[2:], [], _open(line[2:])])
            elif continued:
                found[-1][0] += "\n" + line
                found[-1][2] = _open(found[-1][0])
            else:
                found[-1][1].append(line)
    return [(command, output) for command, output, _ in found]


def _open(command):
    """A quote or brace that the next line closes."""
    return command.endswith("\\") or command.count("'") % 2 == 1 or command.count("{") > command.count("}")


def run(readme, env_file, directory):
    """[(command, expected lines, printed lines)], all in one bash."""
    script = "".join(f"{command}\necho; echo '{MARK}'\n" for command, _ in steps(readme))
    script = script.replace("/var/lib/tandem/dev.env", env_file)
    done = subprocess.run(["bash"], input=script, capture_output=True, text=True, cwd=directory, timeout=120,
                          env={"PATH": os.environ["PATH"], "HOME": directory}, check=False)
    printed = done.stdout.split(MARK + "\n")
    return [(command, expected, [line for line in output.splitlines() if line])
            for (command, expected), output in zip(steps(readme), printed)], done.stderr


def fits(expected, printed):
    """Line by line; an ellipsis stands for anything."""
    return len(expected) == len(printed) and all(
        re.fullmatch(".*".join(map(re.escape, want.split("…"))), got) for want, got in zip(expected, printed))
