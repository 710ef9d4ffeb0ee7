"""The papers' experiments on recordings: the program's ``study``, run in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _html, _program
from ._motorsrnn import Error
from ._recording import Recording, as_files

#: Names of the report, of the folder with the result of each run, and what those of its manifests begin with.
_PAGE, _EVERYTHING, _CELLS, _MANIFEST = "report.html", "report.json", "cells", "study-"


@dataclass(frozen=True)
class Cell:
    """A run of a study, as others see it: what ``study --cells`` and ``--part`` run on other machines."""

    #: Name of the result in the store: a hash of all that the result depends on.
    id: str
    #: What is run, in words.
    name: str
    #: Name of the recording.
    recording: str
    #: About how long it takes, in seconds of one core.
    cost: float
    #: Whether it has a result.
    known: bool


@dataclass(frozen=True)
class Claim:
    """A claim, tested on the recording."""

    #: The claim in words.
    claim: str
    #: ``holds``, ``fails``, ``undecided``, ``undecided-by-design``, ``not-tested`` or ``not-applicable``.
    verdict: str
    #: The figures behind it.
    evidence: str


class Study:
    """A study, as ``motorsrnn study`` runs it: resumed in its folder, and ended by Ctrl-C with the finished runs kept.

    Args:
        recordings: one session each.
        output: folder for the report.
        options: options of ``motorsrnn study --help`` as keywords, with ``_`` for ``-``: ``quick=True``, ``only=["accuracy"]``,
            ``seeds=5``, ``align="go_cue_time"``, ``window_ms=50``.
    """

    def __init__(self, recordings: Sequence[Recording], output: str | os.PathLike[str], **options: Any) -> None:
        if not recordings:
            raise Error("there is no recording to study; give at least one")
        self._recordings = list(recordings)
        self.output = Path(output)
        self._options = [text for name, value in options.items() for text in _program.option(name, value)]

    def plan(self) -> list[Cell]:
        """The cells of the study, in its order; runs none.

        Raises:
            Error: a recording or an option cannot be used.
        """
        with as_files(self._recordings) as files:
            outcome = _program.run(["study", *files, "--output", self.output, *self._options, "--plan"])
        return [
            Cell(one["id"], one["name"], one["recording"], one["cost"], one["known"]) for one in outcome.objects
        ]

    def run(self, *, threads: int | None = None, progress: Callable[[int], None] | None = None) -> Study:
        """Runs what has no result yet, and writes the report.

        Args:
            threads: threads, by default one per processor; the result does not depend on them.
            progress: is called with the number of finished runs, now and then.

        Raises:
            Error: a recording or an option cannot be used.
            KeyboardInterrupt: Ctrl-C; run again to resume.
        """
        with as_files(self._recordings) as files:
            arguments: list[_program.Argument] = ["study", *files, "--output", self.output, *self._options, *_program.option("threads", threads)]
            # What an error says is at the end of standard error, which may not fill a pipe.
            lines: list[str] = []
            with subprocess.Popen(
                _program.command(arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as process:
                reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
                reader.start()
                try:
                    code = self._wait(process, progress)
                except BaseException:
                    # It finishes its files.
                    process.send_signal(signal.SIGINT)
                    process.wait()
                    raise
                finally:
                    reader.join()
        if code != 0:
            raise _program.failure(code, "".join(lines))
        return self

    def _wait(self, process: subprocess.Popen[str], progress: Callable[[int], None] | None) -> int:
        while True:
            try:
                return process.wait(0.2)
            except subprocess.TimeoutExpired:
                if progress is not None:
                    results = self.output.glob(f"**/{_CELLS}/*.json")
                    progress(sum(1 for path in results if not path.name.startswith(_MANIFEST)))

    def _text(self, name: str) -> str:
        try:
            return (self.output / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise Error(f"{self.output} has no {name}; run the study, or see its subfolders") from None

    @property
    def results(self) -> Mapping[str, Any]:
        """Everything in ``report.json``: options, claims, and the result of every run."""
        results: dict[str, Any] = json.loads(self._text(_EVERYTHING))
        return results

    @property
    def claims(self) -> list[Claim]:
        """The claims, each with its verdict."""
        return [Claim(one["claim"], one["verdict"], one["evidence"]) for one in self.results["claims"]]

    @property
    def page(self) -> _html.Page:
        """The report, a ``str`` of HTML."""
        return _html.Page(self._text(_PAGE))

    def __repr__(self) -> str:
        names = ", ".join(recording.name for recording in self._recordings)
        return f"<Study of {names} in {self.output}>"

    def _repr_html_(self) -> str:
        if not (self.output / _PAGE).exists():
            return _html.table(repr(self), [], [("", "not run")])
        return self.page._repr_html_()
