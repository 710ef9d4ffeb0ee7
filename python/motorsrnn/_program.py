"""The program ``motorsrnn``, which is in the same library: as a command, and run in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, Union

from . import _motorsrnn
from ._motorsrnn import BoardError, Disagreement, Error

#: What the program's messages begin with.
_PREFIX = "motorsrnn: "
#: Exceptions by exit code; every other code but 0 is an :class:`Error`.
_KINDS: dict[int, type[Exception]] = {3: BoardError, 4: BoardError, 5: Disagreement}
#: Exit code of an interrupted program; a signal that ended it is negative.
_INTERRUPTED = (130, -signal.SIGINT)


def main() -> NoReturn:
    """Runs the program with the arguments of this process, and ends the process."""
    # As without Python: Ctrl-C ends the program, unless it finishes a file first.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = _motorsrnn.run(["motorsrnn", *sys.argv[1:]])
    sys.exit(code)


@dataclass(frozen=True)
class Outcome:
    """What a run of the program printed."""

    #: Exit code.
    code: int
    #: Standard output.
    text: str
    #: The objects of ``--json``.
    objects: list[dict[str, Any]]


Argument = Union[str, "os.PathLike[str]"]


def command(arguments: Iterable[Argument]) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "-m", "motorsrnn", *(os.fspath(argument) for argument in arguments)]


def run(arguments: Iterable[Argument], *, accepted: tuple[int, ...] = (0,)) -> Outcome:
    """Runs the program and returns what it printed.

    Raises the exception of its exit code, unless that is accepted.
    """
    finished = subprocess.run(command(arguments), capture_output=True, text=True, check=False)
    if finished.returncode not in accepted:
        raise failure(finished.returncode, finished.stderr)
    lines = finished.stdout.splitlines()
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    return Outcome(finished.returncode, finished.stdout, objects)


def failure(code: int, stderr: str) -> BaseException:
    """The exception that an exit code and a message stand for."""
    if code in _INTERRUPTED:
        return KeyboardInterrupt()
    lines = [line.removeprefix(_PREFIX) for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith("warning: ")]
    # Wrong usage explains itself in several lines, any other error in the last.
    message = "\n".join(errors) if code == 2 else (errors or [f"the program ended with {code}"])[-1]
    return _KINDS.get(code, Error)(message)


def option(name: str, value: object) -> list[str]:
    """An option of the program; nothing for None and False, and no value for True."""
    flag = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    if isinstance(value, (list, tuple)):
        return [f"{flag}={','.join(map(str, value))}"]
    return [f"{flag}={value}"]
