"""Decode movement from spikes of motor cortex with a recurrent spiking network.

A network is trained on a recording, or on arrays, and compiled to an image for a small FPGA. Whatever runs the image gives the
same scores, bit for bit: the reference model (:class:`Decoder`, :class:`Live`), the simulated hardware and a board
(:class:`Board`).

>>> import motorsrnn as ms
>>> recording = ms.Recording("examples/centre_out.nwb")
>>> windows = recording.windows(align="go_cue_time", window_ms=50)
>>> windows.X.shape, windows.X.dtype
((160, 50, 64), dtype('bool'))
>>> decoder = ms.load("examples/decoder.img")
>>> float(decoder.score(*windows[decoder.held_out(windows)]))
1.0

Arrays are checked and never cast: spikes are booleans, ``(windows, ticks, channels)``; times are float seconds. Long calls
release the interpreter's lock, and Ctrl-C ends them.
"""

from ._board import Board, Decoding, SelfTest, boards, ports, selftest
from ._comparison import CrossValidation, Tested, cross_validate
from ._decoder import Decoder, load
from ._imported import ImportedNetwork, import_nir
from ._motorsrnn import (
    BoardError,
    Disagreement,
    Error,
    ImageError,
    Live,
    RecordingError,
    Tick,
    TrainingError,
)
from ._movement import MovementDecoder, MovementScore, MovementStream
from ._progress import Progress
from ._recording import Recording, RecordingWarning, windows
from ._study import Cell, Claim, Study
from ._windows import Windows

__all__ = [
    "Board",
    "BoardError",
    "Cell",
    "Claim",
    "CrossValidation",
    "Decoder",
    "Decoding",
    "Disagreement",
    "Error",
    "ImageError",
    "ImportedNetwork",
    "Live",
    "MovementDecoder",
    "MovementScore",
    "MovementStream",
    "Progress",
    "Recording",
    "RecordingError",
    "RecordingWarning",
    "SelfTest",
    "Study",
    "Tested",
    "Tick",
    "TrainingError",
    "Windows",
    "boards",
    "cross_validate",
    "import_nir",
    "load",
    "ports",
    "selftest",
    "windows",
]
