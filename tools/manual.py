#!/usr/bin/env python3
"""The man page or the bash completion, made from what the binary says of itself:  manual.py man|completion BINARY

`--help` of each command is the only source, so neither can say what the binary does not.
"""
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

# argp's layout with one line for each paragraph and option; whoever builds may have other wishes in the environment
LAYOUT = {"ARGP_HELP_FMT": "rmargin=2000,opt-doc-col=60", "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}
EVERYWHERE = ("--help", "--usage")  # argp's own, the same for every command
FILES, DIRECTORIES = ("FILE",), ("DIRECTORY",)


@dataclass
class Option:
    short: str
    long: str
    value: str
    meaning: str


@dataclass
class Command:
    name: str
    meaning: str
    usages: list = field(default_factory=list)
    paragraphs: list = field(default_factory=list)
    options: list = field(default_factory=list)
    settings: list = field(default_factory=list)

    def verbs(self):
        """Words typed as they are: migrate status|up."""
        words = [word for usage in self.usages for word in usage.split()[2:] if not word.startswith("[")]
        return sorted({verb for word in words for verb in word.split("|") if re.fullmatch(r"[a-z][a-z-]*", verb)})

    def takes_file(self):
        return any(usage.split()[-1] in FILES for usage in self.usages)


def say(binary, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")} | LAYOUT
    return subprocess.run([binary, *arguments], env=environment, text=True, check=True, stdout=subprocess.PIPE).stdout


def command_read(name, meaning, text):
    command = Command(name, meaning)
    for line in text.splitlines():
        usage = re.match(r"(?:Usage: |  or:  )(tandem .*)", line)
        option = re.match(r"  (?:-(.), |    )(--[\w-]+)(?:=(\w+))?(?: +(\S.*))?$", line)
        setting = re.match(r"  (TANDEM_\w+) +(.*)", line)
        if usage:
            command.usages.append(usage[1].strip())
        elif option:
            command.options.append(Option(option[1] or "", option[2], option[3] or "", option[4] or ""))
        elif setting:
            command.settings.append((setting[1], setting[2]))
        elif line and not line.startswith(("Mandatory or optional arguments", "Settings, read from")):
            command.paragraphs.append(line)
    if not command.usages:
        sys.exit(f"manual.py: `tandem {name} --help` has no usage line")
    return command


def commands_read(binary):
    listed = re.findall(r"^  (\w+) +(\S.*)$", say(binary, "--help"), re.M)
    if not listed:
        sys.exit("manual.py: `tandem --help` lists no command")
    return [command_read(name, meaning, say(binary, name, "--help")) for name, meaning in listed]


# -- the man page --------------------------------------------------------------------------------------------------
def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def page_options(command):
    for option in command.options:
        if option.long not in EVERYWHERE:
            names = [f"\\fB\\-{option.short}\\fP"] if option.short else []
            value = f"=\\fI{roff(option.value)}\\fP" if option.value else ""
            yield from [".TP", ", ".join([*names, f"\\fB{roff(option.long)}\\fP{value}"]), roff(option.meaning) or "\\&"]


def page(version, commands):
    yield from [f'.TH TANDEM 1 "" "tandem {version}" "User Commands"', ".nh", ".ad l", ".SH NAME",
                "tandem \\- partner pipeline that can stand beside direct pipeline in the forecast call",
                ".SH SYNOPSIS", ".B tandem", "\\fICOMMAND\\fP [\\fIOPTION\\fP...]", ".br", ".B tandem \\-\\-version",
                ".SH COMMANDS", "Each command explains itself with \\fB\\-\\-help\\fP."]
    for command in commands:
        yield from [f".SS {command.name}: {roff(command.meaning)}", ".nf"]
        yield from [f"\\fB{roff(usage)}\\fP" for usage in command.usages]
        yield ".fi"
        for paragraph in command.paragraphs:
            yield from [".PP", roff(paragraph)]
        yield from page_options(command)
    yield from [".SH ENVIRONMENT", "The settings. Unknown names that begin with TANDEM_ and bad values are refused."]
    for command in commands:
        for name, meaning in command.settings:
            yield from [".TP", f"\\fB{name}\\fP", roff(meaning)]
    yield from [".SH EXIT STATUS", "0: done. 1: refused or failed. 2: wrong usage."]


# -- the completion ------------------------------------------------------------------------------------------------
def completion(commands):
    yield from ["# bash completion for tandem", "_tandem() {",
                "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words= files= value=",
                "    # --option=VALUE arrives as three words",
                "    [[ $word == = ]] && word= value=$previous",
                "    [[ $previous == = ]] && value=${COMP_WORDS[COMP_CWORD - 2]}",
                "    COMPREPLY=()",
                "    if ((COMP_CWORD == 1)); then",
                f"        COMPREPLY=($(compgen -W '{' '.join(c.name for c in commands)} --help --version' -- \"$word\"))",
                "        return",
                "    fi",
                "    case ${COMP_WORDS[1]}:${value:-$previous} in"]
    for command in commands:
        for option in command.options:
            if option.value:
                action = "f" if option.value in FILES else "d" if option.value in DIRECTORIES else ""
                names = [option.long] + ([f"-{option.short}"] if option.short else [])
                reply = f'mapfile -t COMPREPLY < <(compgen -{action} -- "$word"); ' if action else ""
                yield f"        {'|'.join(f'{command.name}:{name}' for name in names)}) {reply}return ;;"
    yield from ["    esac", "    case ${COMP_WORDS[1]} in"]
    for command in commands:
        words = dict.fromkeys([*command.verbs(), *(option.long for option in command.options), "--help"])
        files = " files=yes" if command.takes_file() else ""
        yield f"        {command.name}) words='{' '.join(words)}'{files} ;;"
    yield from ["    esac",
                '    COMPREPLY=($(compgen -W "$words" -- "$word"))',
                '    [[ $files && $word != -* ]] && mapfile -t COMPREPLY < <(compgen -f -- "$word")',
                "}", "complete -o filenames -F _tandem tandem"]


def main():
    kind, binary = sys.argv[1:]
    commands = commands_read(binary)
    version = say(binary, "--version").split()[1]
    lines = page(version, commands) if kind == "man" else completion(commands)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
