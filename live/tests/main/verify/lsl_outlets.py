import pylsl

outlets = {}
while True:
    verb, key, *rest = told().split(" ")
    if verb == "open":
        name, kind, n_channels, rate, source_id, *labels = rest
        info = pylsl.StreamInfo(name, "Test", int(n_channels), float(rate), kind, source_id)
        if labels:
            info.set_channel_labels(labels[0].split(","))
        outlets[key] = (pylsl.StreamOutlet(info), kind)
    elif verb == "close":
        del outlets[key]
    elif verb == "consumers":
        say(outlets[key][0].have_consumers())
        continue
    elif verb == "describe":
        found = pylsl.resolve_byprop("source_id", "a", 1, 10)
        say(found[0].as_xml())
    elif verb == "text":
        outlets[key][0].push_sample(["x" * int(rest[1])], float(rest[0]))
    else:
        number = float if outlets[key][1] in ("float32", "double64") else int
        stamp, *rows = rest
        rows = [[number(value) for value in row.split(",")] for row in rows]
        if verb == "push":
            outlets[key][0].push_sample(rows[0], float(stamp))
        else:
            outlets[key][0].push_chunk(rows, float(stamp))
    say("done")
