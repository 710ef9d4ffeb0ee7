import json

import zmq

kind, n_ticks, n_channels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# It sees who subscribes, and is a publisher otherwise.
socket = zmq.Context().socket(zmq.XPUB)
# As much as is needed for a receiver that waits for the processor.
socket.set_hwm(1000 if n_ticks < 60000 else 1_000_000)
say(socket.bind_to_random_port("tcp://127.0.0.1"))
assert socket.recv() == b"\x01"
say("subscribed")
n_messages = 0


def numbered(kind, key, content, data):
    global n_messages
    n_messages += 1
    header = {"message_num": n_messages, "type": kind, key: {"stream": "Probe", "source_node": 100, **content}, "timestamp": 0}
    if kind == "event":
        header["data_size"] = len(data)
    socket.send_multipart([b"EVENT\0", json.dumps(header).encode(), data])


def broadcast(number, content):
    common = {"stream": "Probe", "source_node": 100, "sample_rate": 30000.0}
    socket.send_multipart([number.to_bytes(2, "little"), json.dumps({**common, **content}).encode()])


def spike(channel, sample):
    electrode = f"Electrode {channel + 1}"
    if kind == "interface":
        content = {"electrode": electrode, "sample_num": sample, "num_channels": 1, "num_samples": 40, "sorted_id": 0, "threshold": [-50.0]}
        numbered("spike", "spike", content, bytes(160))
    else:
        broadcast(1, {"event_type": "spike", "electrode": electrode, "num_channels": 1, "sample_number": sample, "sorted_id": 0, "amp1": -70.5})


def line(number, state, sample):
    if kind == "interface":
        numbered("event", "content", {"type": 3, "sample_num": sample}, bytes([number, state, 0, 0, 0, 0, 0, 0, 0, 0]))
    else:
        broadcast(0, {"event_type": "ttl", "channel_name": "TTL", "sample_number": sample, "line": number, "state": state})


if told() == "rush":
    n_spikes = 0
    for tick in range(n_ticks):
        for channel in firing(tick, n_channels).tolist():
            spike(channel, tick * 30)
            n_spikes += 1
    say("sent")
    say(n_spikes)
    told()
    # Again and again, until one is not dropped.
    while True:
        line(7, 1, n_ticks * 30)
        n_messages -= 1
        time.sleep(0.05)
line(3, 1, 0)
buffer = []
for tick in ticks(n_ticks):
    buffer += [(channel, tick * 30) for channel in firing(tick, n_channels).tolist()]
    if tick % 20 == 19 or tick == n_ticks - 1:
        # Within a buffer of the GUI, electrode by electrode.
        for channel, sample in sorted(buffer):
            spike(channel, sample)
        buffer = []
line(3, 0, n_ticks * 30)
told()
