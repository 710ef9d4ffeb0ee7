import threading

import pylsl

name, *options = sys.argv[1:]
found = pylsl.resolve_byprop("name", name, 1, 30)
assert len(found) == 1, found
inlet = pylsl.StreamInlet(found[0])
info = inlet.info(30)
say("found", info.channel_count(), *(info.get_channel_labels() or []))


def answer():
    while told() == "offset":
        say(inlet.time_correction(30))
        if name == "decisions":
            inlet.open_stream(30)
            say("waits")


threading.Thread(target=answer, daemon=True).start()
if name != "decisions":
    inlet.open_stream(30)
while True:
    sample, stamp = inlet.pull_sample(0.2)
    if sample is not None:
        values = [len(value) for value in sample] if options else sample
        say(stamp, ",".join(str(value) for value in values))
