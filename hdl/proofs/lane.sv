// A lane is `idle` in no cycle in which it is given anything or anything is added to the collecting bank, and stays idle until it
// is given something: so the banks may be swapped then. An update comes as many cycles after its sweep as the header says, and
// nothing else spikes. Queues are cut out and have the properties of their own proofs; memories and multipliers are cut out with
// free outputs.
module proof(
    input clock, input [15:0] n_channels, channel, write_address, write_data, read_address, input bank, event_valid,
    spikes_valid, sweep, sweep_exists, clear, forget, write_neurons, write_rows, write_synapses, reading,
    input [7:0] spike_index, spikes, sweep_index, input [3:0] score_class, input [1:0] read_kind
);
    localparam LANES = `LANES, LATENCY = `LATENCY, WORDS = 64;

    wire event_ready, idle, delivers, swept, spike;
    wire [7:0] swept_index;
    `BLOCK dut(
        .clock(clock), .n_channels(n_channels), .bank(bank), .channel(channel), .event_valid(event_valid),
        .event_ready(event_ready), .spike_index(spike_index), .spikes(spikes), .spikes_valid(spikes_valid), .idle(idle),
        .delivers(delivers), .sweep(sweep), .sweep_index(sweep_index), .sweep_exists(sweep_exists), .clear(clear),
        .swept(swept), .swept_index(swept_index), .spike(spike), .score_class(score_class), .forget(forget),
        .write_neurons(write_neurons), .write_rows(write_rows), .write_synapses(write_synapses),
        .write_address(write_address), .write_data(write_data), .reading(reading), .read_kind(read_kind),
        .read_address(read_address)
    );
    (* hierconn *) wire \dut.events$write ;
    (* hierconn *) wire \dut.events$full ;
    (* hierconn *) wire \dut.events$valid ;
    (* hierconn *) wire \dut.events$read ;
    (* hierconn *) wire \dut.events$clear ;
    (* hierconn *) wire \dut.spike_rows$spikes_valid ;
    (* hierconn *) wire [7:0] \dut.spike_rows$spikes ;
    (* hierconn *) wire \dut.spike_rows$row_valid ;
    (* hierconn *) wire \dut.spike_rows$row_ready ;
    (* hierconn *) wire \dut.spike_rows$idle ;
    (* hierconn *) wire \dut.accumulator.bank_0$write_enable ;
    (* hierconn *) wire \dut.accumulator.bank_1$write_enable ;
    wire adds = bank ? \dut.accumulator.bank_1$write_enable : \dut.accumulator.bank_0$write_enable ;
    wire given = event_valid || spikes_valid;

    // Words in the event queue, and whether one was there before the previous cycle.
    reg [6:0] level = 0;
    reg has_old_word = 0;
    reg was_idle = 0, rows_were_idle = 0, had_row = 0, was_asked_to_sweep = 0;
    reg [LATENCY:1] sweeps = 0;
    reg [8*LATENCY-1:0] indices = 0;
    reg [1:0] n_added = 0;
    always @(posedge clock) begin
        level <= level + \dut.events$write - \dut.events$read ;
        has_old_word <= level != \dut.events$read ;
        was_idle <= idle;
        rows_were_idle <= \dut.spike_rows$idle ;
        had_row <= \dut.spike_rows$row_valid && !\dut.spike_rows$row_ready ;
        sweeps <= {sweeps, sweep && sweep_exists};
        indices <= {indices, sweep_index};
        n_added <= n_added + (adds && n_added != 3);
    end

    always @(*) begin
        assume (spikes >> LANES == 0);
        assume (!reading || !sweep);
        // The properties of the queues.
        assume (\dut.events$full == (level - has_old_word == WORDS) && \dut.events$valid == has_old_word);
        assume (!\dut.spike_rows$idle || (!\dut.spike_rows$spikes_valid && !\dut.spike_rows$row_valid ));
        assume (!rows_were_idle || \dut.spike_rows$spikes_valid || \dut.spike_rows$idle );
        assume (!had_row || \dut.spike_rows$row_valid );
    end

    always @(*) begin
        not_idle_with_an_event: assert (!event_valid || !idle);
        not_idle_with_a_row_to_come: assert (!\dut.spike_rows$spikes_valid || !idle);
        idle_until_something_is_given: assert (!was_idle || given || idle);
        nothing_is_added_while_idle: assert (!idle || !adds);
        no_event_is_lost: assert (!event_valid || !event_ready || \dut.events$write );
        the_queue_is_not_overrun: assert (!\dut.events$write || !\dut.events$full );
        nor_emptied: assert (!\dut.events$clear && (!\dut.events$read || \dut.events$valid ));
        spikes_are_some: assert (!\dut.spike_rows$spikes_valid
            || (\dut.spike_rows$spikes != 0 && \dut.spike_rows$spikes >> LANES == 0));
        an_update_for_every_sweep: assert (swept == sweeps[LATENCY]);
        of_its_neuron: assert (!swept || swept_index == indices[8*LATENCY-1:8*LATENCY-8]);
        only_updates_spike: assert (!spike || swept);
        it_is_idle_again: cover (idle && n_added == 2);
        it_spikes: cover (spike);
    end

`ifdef INDUCTION
    (* hierconn *) wire \dut.event_written$q ;
    (* hierconn *) wire \dut.sweeping$q ;
    (* hierconn *) wire [7:0] \dut.index$q ;
    always @(*) begin
        assert (!has_old_word || level != 0);
        assert (level == 0 || has_old_word || \dut.event_written$q );
        assert (level - has_old_word <= WORDS);
        assert (\dut.sweeping$q == sweeps[1]);
        assert (!sweeps[1] || \dut.index$q == indices[7:0]);
    end
`endif
endmodule
