import pylsl

kind, n_ticks, n_channels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if kind == "rows":
    info = pylsl.StreamInfo("spikes", "Test", n_channels, 1000, "int16", "sender")
else:
    info = pylsl.StreamInfo("spikes", "Test", 2, 0, "int32", "sender")
outlet = pylsl.StreamOutlet(info, max_buffered=3600)
say("ready")
while not outlet.have_consumers():
    time.sleep(0.001)
for tick in ticks(n_ticks):
    channels = firing(tick, n_channels)
    stamp = 1000 + tick * 1e-3
    if kind == "rows":
        row = np.zeros(n_channels, dtype=np.int16)
        row[channels] = 1
        outlet.push_sample(row, stamp)
    elif len(channels) > 0:
        spikes = np.stack([channels, np.ones_like(channels)], axis=1).astype(np.int32)
        outlet.push_chunk(spikes, [stamp] * len(channels))
told()
