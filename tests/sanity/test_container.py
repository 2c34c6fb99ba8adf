"""The image and the compose file, as texts: closed, without secrets, and in step with the packages and the binary."""
import os
import re
import subprocess

import pytest
import yaml

from tree import BUILD, ROOT, read, tracked

DOCKERFILE = read("deploy/Dockerfile")
STAGES = [part.replace("\\\n", " ") for part in re.split(r"^(?=FROM )", DOCKERFILE, flags=re.M)[1:]]
COMPOSE = yaml.safe_load(read("deploy/compose.yaml"))
SERVICES = sorted(COMPOSE["services"])
# of the compiler, and the C library that every image has
OF_EVERY_PROCESS = ("libasan.", "libubsan.", "libgcc_s.", "libc.", "libm.", "ld-linux")


def part(name):
    """The packages of one part of deploy/packages, as deploy/install reads them."""
    parts = dict(re.findall(r"^# -- (\w+):[^\n]*\n(.*?)(?=^# -- |\Z)", read("deploy/packages"), re.M | re.S))
    return parts[name].split()


def instructions(stage, name):
    return re.findall(rf"^{name}\s+(.*)$", stage, re.M)


# -- the image -----------------------------------------------------------------------------------------------------
def test_the_image_has_two_stages_on_one_base():
    assert [re.match(r"FROM (\S+)", stage)[1] for stage in STAGES] == ["debian:12-slim"] * 2


def test_packages_come_from_the_list_alone():
    assert not re.search(r"(?<!/)\b(apt-get|apt|dpkg|curl|wget) ", "".join(instructions(DOCKERFILE, "RUN")))
    asked = re.findall(r"^RUN (?:/tmp/)?deploy/install ([\w ]+?)(?: &&|$)", DOCKERFILE, re.M)
    assert asked == ["run docs", "runtime"]
    for name in " ".join(asked).split():
        assert part(name)


def test_the_image_runs_what_the_binary_needs_and_no_more():
    """NEEDED of the binary -> the package that has the library = the packages of the last stage."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", subprocess.run(
        ["readelf", "-d", os.path.join(BUILD, "service", "tandem")], capture_output=True, text=True, check=True).stdout)
    libraries = [name for name in needed if not name.startswith(OF_EVERY_PROCESS)]
    assert len(libraries) > 5, needed
    packages = set()
    for library in libraries:
        owner = subprocess.run(["dpkg", "-S", f"*-linux-gnu/{library}"], capture_output=True, text=True, check=True)
        packages |= {line.split(":")[0] for line in owner.stdout.splitlines() if not line.startswith("diversion")}
    assert packages == {name for name in part("runtime") if name.startswith("lib")}


def test_the_last_stage_is_nobody_s_and_asks_for_its_own_health():
    last = STAGES[-1]
    user = instructions(last, "USER")
    assert len(user) == 1 and re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user[0]), user
    assert re.search(r"^HEALTHCHECK .* CMD \[\"tandem\", \"health\"\]$", last, re.M)
    assert instructions(last, "ENTRYPOINT") == ['["tandem"]'] and instructions(last, "CMD") == ['["serve"]']
    copied = instructions(last, "COPY")
    assert copied == ["deploy/install deploy/packages /tmp/deploy/", "--from=build /out/ /"], copied


def test_the_image_has_swagger_ui_at_the_pinned_version():
    first = STAGES[0]
    assert "deploy/fetch-npm" in instructions(first, "RUN")
    assert first.index("RUN deploy/fetch-npm") > first.index("package-lock.json") and "-Dswagger_ui=enabled" in first
    assert "service/web/docs/node_modules" in read(".dockerignore").splitlines(), "fetched there, not brought along"


def test_nothing_secret_is_baked_in():
    assert not instructions(DOCKERFILE, "ARG")
    assert instructions(DOCKERFILE, "ENV") == ["TANDEM_ADDRESS=0.0.0.0 TANDEM_SPOOL_DIR=/var/spool/tandem"]


def test_the_image_is_built_from_what_the_build_reads():
    """.dockerignore lets in whole folders of the tree and the two files of deploy/; never a folder of secrets."""
    admitted = [line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")]
    assert "*" in read(".dockerignore").splitlines()
    for name in admitted:
        assert name in tracked() or any(file.startswith(name + "/") for file in tracked()), f"there is no {name}"
    for folder in re.findall(r"^subdir\('(\w+)", read("meson.build"), re.M):
        assert folder in admitted, f"meson.build reads {folder}"


# -- the compose file ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_closed(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == instructions(STAGES[-1], "USER")[0]
    assert "privileged" not in service and "network_mode" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_files(name):
    service = COMPOSE["services"][name]
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    for setting, value in service["environment"].items():
        assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"{setting} has a password"
        for path in re.findall(r"/run/secrets/([\w.]+)", str(value)):
            assert path in service["secrets"], f"{setting} reads {path}, which is not handed in"


def test_secrets_stay_out_of_git_and_of_the_image():
    ignored = read(".gitignore").splitlines()
    for secret in COMPOSE["secrets"].values():
        assert f"/deploy/{os.path.dirname(secret['file'])}/" in ignored
    assert not [name for name in tracked() if name.startswith("deploy/compose/secrets")]


def test_the_compose_file_names_settings_and_files_that_there_are():
    known = {f"TANDEM_{name.upper()}" for name in
             re.findall(r'^\s+(?:(?:TEXT|INTEGER|BOOLEAN)\(|\{")(\w+)', read("service/config.c"), re.M)}
    for service in COMPOSE["services"].values():
        named = {name for name in service["environment"] if name.startswith("TANDEM_")}
        assert named <= known, named - known
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or os.path.exists(os.path.join(ROOT, "deploy", source)), source
    build = COMPOSE["services"]["migrate"]["build"]
    assert os.path.exists(os.path.join(ROOT, "deploy", build["context"], build["dockerfile"]))


def test_the_service_waits_for_the_schema_and_the_schema_for_the_server():
    services = COMPOSE["services"]
    assert services["serve"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["serve"]["healthcheck"]["test"] == ["CMD", "tandem", "health"]
    assert services["postgres"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert "TANDEM_OWNER_DATABASE_URL" not in services["serve"]["environment"], "the service is no owner"
