"""Generator for FuseSoC: lets cargo write a board's Verilog and constraints, and writes their core file."""

import pathlib
import re
import subprocess
import sys

FILE_TYPES = {".v": "verilogSource", ".pcf": "PCF", ".lpf": "LPF", ".xdc": "xdc"}


def main(request):
    text = pathlib.Path(request).read_text()
    board = re.search(r"^\s*board: (\S+)$", text, re.M)[1]
    name = re.search(r"^vlnv: (\S+)$", text, re.M)[1]
    here = pathlib.Path.cwd()
    root = pathlib.Path(__file__).resolve().parent.parent
    subprocess.run(["cargo", "xtask", "verilog", board, "--output", str(here)], cwd=root, check=True)
    files = sorted(path for path in here.glob(board + ".*") if path.suffix in FILE_TYPES)
    listed = "".join(f"      - {path.name}: {{file_type: {FILE_TYPES[path.suffix]}}}\n" for path in files)
    core = f"CAPI=2:\nname: {name}\nfilesets:\n  board:\n    files:\n{listed}targets:\n  default:\n    filesets: [board]\n"
    (here / f"{board}.core").write_text(core)


main(sys.argv[1])
