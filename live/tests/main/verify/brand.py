import json

import redis

client = redis.Redis(unix_socket_path=sys.argv[1])
while True:
    try:
        client.ping()
        break
    except redis.exceptions.ConnectionError:
        time.sleep(0.01)
say("ready")


def crossings(stream, tick, ts, channels, n_channels):
    """As the node thresholdExtraction writes them."""
    row = np.zeros(n_channels, dtype=np.int16)
    row[channels] = 1
    number = np.uint64(30 * tick)
    fields = {"crossings": row.tobytes(), "timestamps": number.tobytes(), "ts": np.uint64(ts).tobytes()}
    client.xadd(stream, {**fields, "sync": json.dumps({"nsp": tick})})


def thresholds(stream, tick, ts, channels, n_channels):
    """As the simulator writes them."""
    row = np.zeros(n_channels, dtype=np.int8)
    row[channels] = 2
    fields = {"thresholds": row.tobytes(), "ts": ts, "i": tick, "i_in": tick}
    client.xadd(stream, {**fields, "sync": json.dumps({"nsp": tick})})


while True:
    verb, *rest = told().split(" ", 1)
    if verb == "graph":
        nodes = {"decoder": {"name": "motorsrnn", "nickname": "decoder", "module": "m", "parameters": json.loads(rest[0])}}
        graph = {"redis_host": "lab", "redis_port": 6379, "graph_name": "g", "nodes": nodes}
        client.xadd("supergraph_stream", {"data": json.dumps(graph)})
    elif verb in ("row", "more"):
        layout, tick, ts, channels = rest[0].split(" ")
        channels = [] if channels == "-" else [int(channel) for channel in channels.split(",")]
        globals()[layout]("rows" if verb == "row" else verb, int(tick), int(ts), channels, 4)
    elif verb == "state":
        state, ts = rest[0].split(" ")
        client.xadd("state", {"state": state, "ts": np.uint64(int(ts)).tobytes(), "sync": "{}"})
    elif verb == "states":
        entries = [entry for _, entry in client.xrange("decoder_state")]
        say(*[b"/".join(entry[key] for key in (b"code", b"status", b"state")).decode() for entry in entries])
        continue
    elif verb == "outputs":
        for _, entry in client.xrange(rest[0]):
            samples = np.frombuffer(entry[b"samples"], dtype=np.float32).tolist()
            assert abs(int(np.frombuffer(entry[b"ts"], dtype=np.uint64)[0]) - time.monotonic_ns()) < 60e9
            number = int(np.frombuffer(entry[b"i"], dtype=np.uint64)[0])
            fields = ["i_in", "sync", "n_targets", "class", "window", "valid"]
            text = {field: entry.get(field.encode(), b"None").decode() for field in fields}
            say(samples, number, *[f"{field}={value}" for field, value in text.items()])
        continue
    elif verb == "labels":
        say(*[json.loads(entry[b"sync"])["nsp"] for _, entry in client.xrange(rest[0])])
        continue
    elif verb == "run":
        n_ticks, n_channels = (int(word) for word in rest[0].split(" "))
        start = time.monotonic_ns()
        for tick in ticks(n_ticks):
            # However late a busy machine writes the row.
            crossings("rows", tick, start + tick * 1_000_000, firing(tick, n_channels), n_channels)
        continue
    say("done")
