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
    header = b'{"message_num": %d, "type": "%s", "%s": {"stream": "Probe", "source_node": 100, %s}, "data_size": %d, "timestamp": 0}'
    socket.send_multipart([b"EVENT\0", header % (n_messages, kind, key, content, len(data)), data])


def broadcast(number, content):
    common = b'{"stream": "Probe", "source_node": 100, "sample_rate": 30000.0, %s}'
    socket.send_multipart([number.to_bytes(2, "little"), common % content])


def spike(channel, sample):
    if kind == "interface":
        content = b'"electrode": "Electrode %d", "sample_num": %d, "num_channels": 1, "num_samples": 40, "sorted_id": 0, "threshold": [-50.0]'
        numbered(b"spike", b"spike", content % (channel + 1, sample), bytes(160))
    else:
        content = b'"event_type": "spike", "electrode": "Electrode %d", "num_channels": 1, "sample_number": %d, "sorted_id": 0, "amp1": -70.5'
        broadcast(1, content % (channel + 1, sample))


def line(number, state, sample):
    if kind == "interface":
        content = b'"type": 3, "sample_num": %d'
        numbered(b"event", b"content", content % sample, bytes([number, state, 0, 0, 0, 0, 0, 0, 0, 0]))
    else:
        content = b'"event_type": "ttl", "channel_name": "TTL", "sample_number": %d, "line": %d, "state": %d'
        broadcast(0, content % (sample, number, state))


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
