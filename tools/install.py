"""Installs what Layerloom needs into `.venv` beside the code; does nothing where that has been done.

    python tools/install.py          what the program needs
    python tools/install.py --dev    what its tests and checks need as well

Any Python 3 can start it, so it keeps to old syntax and the standard library, and goes on with a Python that fits.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = ROOT / "constraints.txt"
INPUTS = (ROOT / "pyproject.toml", CONSTRAINTS)

OLDEST, NEWEST = (3, 11), (3, 13)
COMMANDS = "python3", "python3.13", "python3.12", "python3.11", "py -3.13", "py -3.12", "py -3.11"

# What Qt loads and its wheel does not bring: library, then its package on Debian, Fedora and Arch.
LIBRARIES = (
    ("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
    ("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    ("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
    ("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
    ("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11"),
    ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    ("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    ("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    ("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb"),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    ("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb"),
    ("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
)
FONT_PACKAGES = ("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")
INSTALLERS = (
    ("apt-get", "apt-get install -y --no-install-recommends"),
    ("dnf", "dnf install -y"),
    ("pacman", "pacman -S --needed --noconfirm"),
)


class RefusedError(Exception):
    """Installing cannot go on; the message says why and what to do."""


def main(arguments):
    """Brings `.venv` up to date and returns the exit status."""
    wanted = {"--dev"} & set(arguments)
    if set(arguments) - wanted:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if is_current(wanted):
            prepare_system([], install=False)
        else:
            python = fitting_python()
            prepare_system(venv_packages(python), install=True)
            make_environment(python)
            install_packages(wanted)
    except RefusedError as refusal:
        print(f"Layerloom cannot be installed: {refusal}", file=sys.stderr)
        return 1
    return 0


def stamp(extra):
    """The file in `.venv` that says what it was installed from."""
    return ENVIRONMENT / f"installed{extra}.sha256"


def digest():
    """Changes when anything that decides the installed packages does."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in INPUTS)).hexdigest()


def is_current(wanted):
    """Whether `.venv` holds what is wanted."""
    stamps = [stamp(extra) for extra in wanted or {""}]
    return PYTHON.exists() and all(path.is_file() and path.read_text() == digest() for path in stamps)


def version_of(command):
    """The version of a Python, such as (3, 12); None where it does not start."""
    program = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [*command, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(part) for part in answer.split())


def fits(version):
    """Whether Layerloom runs on this version of Python."""
    return version is not None and OLDEST <= version <= NEWEST


def fitting_python():
    """The command of a Python that Layerloom runs on. Raises `RefusedError` where there is none."""
    for command in ([sys.executable], *(command.split() for command in COMMANDS)):
        if shutil.which(command[0]) and fits(version_of(command)):
            return command
    raise RefusedError(
        "it needs Python 3.11, 3.12 or 3.13, but this is {}.{} and no other was found. Install one (from python.org "
        "or with your system's packages) and run the same command again.".format(*sys.version_info[:2])
    )


def venv_packages(python):
    """The Debian package that lets this Python make environments, where it is lacking: Debian ships it apart."""
    if subprocess.call([*python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL) == 0:
        return []
    return ["python{}.{}-venv".format(*version_of(python))]


def prepare_system(packages, install):
    """Installs the system packages that are lacking where that may be done, or else prints the command that does."""
    if not sys.platform.startswith("linux"):
        return
    installer = next((index for index, (name, _) in enumerate(INSTALLERS) if shutil.which(name)), None)
    lacking = [row for row in LIBRARIES if not loads(row[0])]
    if installer is None:
        if lacking:
            print("Qt lacks these system libraries: {}.".format(", ".join(row[0] for row in lacking)), file=sys.stderr)
        return
    needed = [*packages, *(row[1 + installer] for row in lacking), *([] if has_font() else [FONT_PACKAGES[installer]])]
    if not needed:
        return
    command = "{} {}".format(INSTALLERS[installer][1], " ".join(dict.fromkeys(needed)))
    may_install = install and INSTALLERS[installer][0] == "apt-get" and os.geteuid() == 0
    if not (may_install and run_apt(command.split())):
        prefix = "" if os.geteuid() == 0 else "sudo "
        print(f"System packages are lacking. Install them with:\n    {prefix}{command}", file=sys.stderr)


def loads(library):
    """Whether the system can load a shared library: the very question Qt will ask."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font():
    """Whether there is any font to write with."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(next(folder.rglob("*.[ot]tf"), None) for folder in folders)


def run_apt(command):
    """Installs Debian packages without a question; answers whether that worked."""
    print("Installing the system packages that Qt needs ...", flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.call(["apt-get", "update"], **quiet)
    return subprocess.call(command, **quiet) == 0


def make_environment(python):
    """Makes `.venv`, anew where it is broken or of a Python that does not fit. Raises `RefusedError`."""
    if PYTHON.exists() and fits(version_of([str(PYTHON)])):
        return
    made = subprocess.run(
        [*python, "-m", "venv", "--clear", str(ENVIRONMENT)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode == 0:
        return
    lacking = venv_packages(python)
    if lacking:
        raise RefusedError(f"Python's venv module is lacking. On Debian and Ubuntu: sudo apt-get install {lacking[0]}")
    raise RefusedError("{} cannot be made.\n{}".format(ENVIRONMENT, made.stdout.decode(errors="replace").strip()))


def install_packages(wanted):
    """Installs the packages at the versions of `constraints.txt` and leaves the stamp. Raises `RefusedError`."""
    print(f"Installing into {ENVIRONMENT} (once; a few minutes) ...", flush=True)
    here = f"{ROOT}[dev]" if wanted else str(ROOT)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--retries", "2"]
    if not sys.stdout.isatty():
        pip.append("--quiet")
    before = digest()
    done = subprocess.run([*pip, "--constraint", str(CONSTRAINTS), "--editable", here], stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RefusedError(pip_refusal(done.stderr.decode(errors="replace")))
    for extra in {"", *wanted}:
        stamp(extra).write_text(before)


def pip_refusal(complaint):
    """What pip's complaint comes to."""
    if "connection broken by" in complaint or "ReadTimeoutError" in complaint:
        return "the package index cannot be reached. Check the network (or the proxy) and run the same command again."
    errors = [line.strip() for line in complaint.splitlines() if line.lstrip().startswith("ERROR:")]
    return "pip could not install the packages.\n{}".format("\n".join(errors) or complaint.strip())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
