"""The image, built and run as deploy/Dockerfile and deploy/compose.yaml say: read-only, without capabilities, nobody's.

Only where buildah, podman and runc are, and the base image is there already (a test fetches nothing but packages);
tests/README.md says how to make one.
"""
import os
import secrets
import shutil
import subprocess
import time

import pytest

from support import keys
from support.cluster import OWNER, SERVICE, Cluster
from support.contract import ROOT
from support.stand import free_port

BASE = "debian:12-slim"
PODMAN = ["podman", "--cgroup-manager=cgroupfs"]
CLOSED = ["--runtime=runc", "--network=host", "--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL",
          "--security-opt=no-new-privileges",
          # podman hands health checks to a running systemd; the test asks by itself
          "--no-healthcheck", "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"]


def missing():
    for program in ("buildah", "podman", "runc"):
        if not shutil.which(program):
            return f"{program} is missing"
    if subprocess.run(["buildah", "inspect", "--type=image", BASE], capture_output=True).returncode:
        return f"the image {BASE} is not on this machine"
    return None


pytestmark = pytest.mark.skipif(missing() is not None, reason=f"no image is built: {missing()}")


def podman(*arguments, check=True):
    run = subprocess.run([*PODMAN, *arguments], capture_output=True, text=True, timeout=120)
    assert not check or run.returncode == 0, run.stdout + run.stderr
    return run


@pytest.fixture
def image():
    name = f"tandem-test-{secrets.token_hex(4)}"
    made = subprocess.run(["buildah", "build", "--format=docker", "--isolation=chroot", "--network=host",
                           "--file=deploy/Dockerfile", f"--tag={name}", "."], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert made.returncode == 0, made.stdout[-4000:]
    yield name
    podman("rmi", "--force", name)


@pytest.fixture
def database():
    """A server whose socket the containers' account can reach."""
    cluster = Cluster()
    try:
        cluster.start()
        cluster.create_database("tandem")
        os.chmod(cluster.directory, 0o711)
        yield cluster
    finally:
        cluster.stop()


def tools_in(image):
    """Of what builds, what was left in the image that runs."""
    names = "gcc meson ninja python3 postgres curl"
    shell = podman("run", "--rm", *CLOSED, "--entrypoint=/bin/sh", image, "-c",
                   f"for name in {names} sh; do command -v $name; done", check=False)
    return [os.path.basename(path) for path in shell.stdout.split()]


def test_the_image_migrates_serves_and_tells_its_health(image, database, tmp_path):
    ring = keys.KeyRing(str(tmp_path))
    os.chmod(tmp_path, 0o755)
    for name in os.listdir(tmp_path):  # for the containers' account; the keys of a test are no secret
        os.chmod(tmp_path / name, 0o644)
    port, name = free_port(), f"tandem-test-{secrets.token_hex(4)}"
    volumes = [f"--volume={database.directory}:{database.directory}", f"--volume={tmp_path}:{tmp_path}:ro"]

    migrated = podman("run", "--rm", *CLOSED, *volumes,
                      f"--env=TANDEM_OWNER_DATABASE_URL={database.url('tandem', OWNER)}", image, "migrate", "up")
    assert migrated.stdout.endswith("applied\n")
    assert tools_in(image) == ["sh"]
    try:
        podman("run", "--detach", f"--name={name}", *CLOSED, *volumes, f"--env=TANDEM_PORT={port}",
               f"--env=TANDEM_DATABASE_URL={database.url('tandem', SERVICE)}", f"--env=TANDEM_JWT_KEYS={ring.path}",
               image)
        deadline = time.monotonic() + 30
        while (health := podman("exec", name, "tandem", "health", check=False)).returncode:
            assert time.monotonic() < deadline, health.stderr + podman("logs", name).stderr
            time.sleep(0.2)
        assert podman("exec", name, "id", "-u").stdout == "65532\n"
        podman("stop", "--time=30", name)
        assert podman("inspect", "--format={{.State.ExitCode}}", name).stdout == "0\n", "SIGTERM ends it cleanly"
    finally:
        podman("rm", "--force", name, check=False)
